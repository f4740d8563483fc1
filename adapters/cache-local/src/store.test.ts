import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeDerivedStore } from '@auraimage/ports/contracts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createDerivedStore, type DerivedStoreOptions, type DiskOptions } from './store.js';

const MB = 2 ** 20;
const TIERS = {
  memory: { memoryBytes: 6 * MB, diskBytes: 0, maxMemoryEntryBytes: MB },
  disk: { memoryBytes: 0, diskBytes: 6 * MB, maxMemoryEntryBytes: 0 },
  'memory and disk': { memoryBytes: MB, diskBytes: 6 * MB, maxMemoryEntryBytes: 100_000 },
} as const;

const NO_DISK = { maxBytes: 0 };

const makeFolder = () => mkdtemp(join(tmpdir(), 'aura-cache-'));

for (const [name, { diskBytes, ...sizes }] of Object.entries(TIERS)) {
  describeDerivedStore(name, async () => {
    const folder = await makeFolder();
    const errors: unknown[] = [];
    const store = createDerivedStore({
      ...sizes,
      maxEntryBytes: MB,
      ...(diskBytes > 0 && { disk: { maxBytes: diskBytes, folder } }),
      onError: (error) => errors.push(error),
    });
    await store.ready;
    return {
      store,
      maxBytes: sizes.memoryBytes + diskBytes,
      async close() {
        expect(errors).toEqual([]);
        await rm(folder, { recursive: true });
      },
    };
  });
}

describe('createDerivedStore', () => {
  const id = 'a'.repeat(32);
  const master = { objectId: id, project: 'my-app' };
  let folder: string;
  beforeEach(async () => {
    folder = await makeFolder();
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const { diskBytes: maxBytes, ...sizes } = TIERS['memory and disk'];
  const open = async (
    options: Partial<DerivedStoreOptions> = {},
    disk: Partial<DiskOptions> = {},
  ) => {
    const cache = createDerivedStore({
      ...sizes,
      maxEntryBytes: MB,
      disk: { maxBytes, folder, ...disk },
      ...options,
    });
    await cache.ready;
    return cache;
  };

  it('returns small entries as bytes and large ones as files', async () => {
    const cache = await open();
    await cache.public.set(master, 'small', new Uint8Array(1000));
    await cache.public.set(master, 'large', new Uint8Array(500_000));
    expect((await cache.public.get(id, 'small'))?.bytes).toHaveLength(1000);
    expect((await cache.public.get(id, 'large'))?.file?.length).toBe(500_000);
  });

  it('evicts the least recently read entry from memory', async () => {
    const cache = await open({ memoryBytes: 3000, maxMemoryEntryBytes: 900 }, NO_DISK);
    for (const name of ['a', 'b']) await cache.public.set(master, name, new Uint8Array(900));
    await cache.public.get(id, 'a');
    await cache.public.set(master, 'c', new Uint8Array(900));
    expect(await cache.public.get(id, 'b')).toBeNull();
    for (const name of ['a', 'c']) expect(await cache.public.get(id, name)).not.toBeNull();
  });

  it('evicts what nobody has read for a day, even if another project takes more', async () => {
    let now = Date.UTC(2026, 0, 1);
    const day = 86_400_000;
    const quiet = { objectId: 'b'.repeat(32), project: 'quiet' };
    const cache = await open({ memoryBytes: 5000, now: () => now }, NO_DISK);
    await cache.public.set(quiet, 'a', new Uint8Array(500));
    await cache.public.set(quiet, 'b', new Uint8Array(500));
    for (let n = 0; n < 6; n++) await cache.public.set(master, `n${n}`, new Uint8Array(500));
    expect(await cache.public.names(quiet.objectId, '')).toEqual(['a', 'b']);
    now += day / 2;
    expect(await cache.public.get(quiet.objectId, 'b')).not.toBeNull();
    now += day / 2 + 1;
    await cache.public.set(master, 'new', new Uint8Array(500));
    expect(await cache.public.names(quiet.objectId, '')).toEqual(['b']);
  });

  it('counts removals by reason', async () => {
    const cache = await open({ memoryBytes: 3000 }, NO_DISK);
    for (const name of ['a', 'b', 'c', 'd', 'e']) {
      await cache.public.set(master, name, new Uint8Array(500));
      if (name === 'b') await cache.public.remove(id, 'a', 'variants');
      if (name === 'c') await cache.public.remove(id, 'b', 'replaced');
    }
    await cache.public.set(master, 'f', new Uint8Array(900));
    await cache.public.remove(id, 'unknown', 'variants');
    const [{ entries, removals } = { entries: 0 }] = cache.stats();
    expect(removals).toEqual({ full: 4 - entries, variants: 1, stale: 0, replaced: 1 });
    await cache.drop(id);
    expect(cache.stats()[0]?.removals.stale).toBe(entries);
  });

  it('counts the overhead of tiny entries in memory', async () => {
    const cache = await open({ memoryBytes: 100_000 }, NO_DISK);
    for (let i = 0; i < 1000; i++) await cache.public.set(master, `n${i}`, new Uint8Array(1));
    expect((await cache.public.names(id, '')).length).toBeLessThan(200);
  });

  it('finds an entry on disk that was evicted from memory', async () => {
    const cache = await open({ memoryBytes: 3000, maxMemoryEntryBytes: 1000 });
    for (let i = 0; i < 20; i++)
      await cache.public.set(master, `n${i}`, new Uint8Array(1000).fill(i));
    expect(await cache.public.names(id, '')).toHaveLength(20);
    for (let i = 0; i < 20; i++) {
      expect((await cache.public.get(id, `n${i}`))?.bytes).toEqual(new Uint8Array(1000).fill(i));
    }
  });

  it('keeps an entry only in memory if it does not belong on disk', async () => {
    const cache = await open({}, { keeps: (name) => name !== 'master' });
    await cache.public.set(master, 'master', new Uint8Array(1000));
    await cache.public.set(master, 'w400', new Uint8Array(1000));
    expect(await cache.public.get(id, 'master')).not.toBeNull();
    const later = await open();
    expect(await later.public.get(id, 'master')).toBeNull();
    expect(await later.public.get(id, 'w400')).not.toBeNull();
  });

  it('works without a tier that is too small for any entry', async () => {
    const cache = await open({ memoryBytes: 10 }, { maxBytes: 10 });
    expect(cache.public.maxEntryBytes).toBe(0);
    await cache.public.set(master, 'a', new Uint8Array(1));
    expect(await cache.public.get(id, 'a')).toBeNull();
  });
});
