import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeDerivedStore } from '@auraimage/ports/contracts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createDerivedStore, type DerivedStoreOptions } from './store.js';

const MB = 2 ** 20;
const TIERS = {
  memory: { memoryBytes: 6 * MB, diskBytes: 0, maxMemoryEntryBytes: MB, maxEntryBytes: MB },
  disk: { memoryBytes: 0, diskBytes: 6 * MB, maxMemoryEntryBytes: 0, maxEntryBytes: MB },
  'memory and disk': {
    memoryBytes: MB,
    diskBytes: 6 * MB,
    maxMemoryEntryBytes: 100_000,
    maxEntryBytes: MB,
  },
} as const;

const makeFolder = () => mkdtemp(join(tmpdir(), 'aura-cache-'));

for (const [name, sizes] of Object.entries(TIERS)) {
  describeDerivedStore(name, async () => {
    const folder = await makeFolder();
    const errors: unknown[] = [];
    const store = createDerivedStore({ ...sizes, folder, onError: (error) => errors.push(error) });
    await store.ready;
    return {
      store,
      maxBytes: sizes.memoryBytes + sizes.diskBytes,
      async close() {
        expect(errors).toEqual([]);
        await rm(folder, { recursive: true });
      },
    };
  });
}

describe('createDerivedStore', () => {
  const id = 'a'.repeat(32);
  let folder: string;
  beforeEach(async () => {
    folder = await makeFolder();
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const open = async (options: Partial<DerivedStoreOptions> = {}) => {
    const cache = createDerivedStore({ ...TIERS['memory and disk'], folder, ...options });
    await cache.ready;
    return cache;
  };

  it('returns small entries as bytes and large ones as files', async () => {
    const cache = await open();
    await cache.public.set(id, 'small', new Uint8Array(1000));
    await cache.public.set(id, 'large', new Uint8Array(500_000));
    expect((await cache.public.get(id, 'small'))?.bytes).toHaveLength(1000);
    expect((await cache.public.get(id, 'large'))?.file?.length).toBe(500_000);
  });

  it('evicts the least recently read entry from memory', async () => {
    const cache = await open({ memoryBytes: 3000, maxMemoryEntryBytes: 900, diskBytes: 0 });
    for (const name of ['a', 'b']) await cache.public.set(id, name, new Uint8Array(900));
    await cache.public.get(id, 'a');
    await cache.public.set(id, 'c', new Uint8Array(900));
    expect(await cache.public.get(id, 'b')).toBeNull();
    for (const name of ['a', 'c']) expect(await cache.public.get(id, name)).not.toBeNull();
  });

  it('counts the overhead of tiny entries in memory', async () => {
    const cache = await open({ memoryBytes: 100_000, diskBytes: 0 });
    for (let i = 0; i < 1000; i++) await cache.public.set(id, `n${i}`, new Uint8Array(1));
    expect((await cache.public.names(id, '')).length).toBeLessThan(200);
  });

  it('finds an entry on disk that was evicted from memory', async () => {
    const cache = await open({ memoryBytes: 3000, maxMemoryEntryBytes: 1000 });
    for (let i = 0; i < 20; i++) await cache.public.set(id, `n${i}`, new Uint8Array(1000).fill(i));
    expect(await cache.public.names(id, '')).toHaveLength(20);
    for (let i = 0; i < 20; i++) {
      expect((await cache.public.get(id, `n${i}`))?.bytes).toEqual(new Uint8Array(1000).fill(i));
    }
  });

  it('keeps an entry only in memory if it does not belong on disk', async () => {
    const cache = await open({ diskFor: (name) => name !== 'master' });
    await cache.public.set(id, 'master', new Uint8Array(1000));
    await cache.public.set(id, 'w400', new Uint8Array(1000));
    expect(await cache.public.get(id, 'master')).not.toBeNull();
    const later = await open();
    expect(await later.public.get(id, 'master')).toBeNull();
    expect(await later.public.get(id, 'w400')).not.toBeNull();
  });

  it('works without a tier that is too small for any entry', async () => {
    const cache = await open({ memoryBytes: 10, diskBytes: 10 });
    expect(cache.public.maxEntryBytes).toBe(0);
    await cache.public.set(id, 'a', new Uint8Array(1));
    expect(await cache.public.get(id, 'a')).toBeNull();
  });
});
