import { readdirSync, statSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ObjectBody } from '@auraimage/ports';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createEdgeCache, type EdgeCacheOptions } from './cache.js';

const MB = 2 ** 20;
const SMALL = 1000;
const LARGE = 300_000;

describe('the disk of the edge cache', () => {
  const id = 'a'.repeat(32);
  let folder: string;
  let errors: unknown[];
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'aura-cache-'));
    errors = [];
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const start = (options: Partial<EdgeCacheOptions> = {}) =>
    createEdgeCache({
      memoryBytes: MB,
      maxMemoryEntryBytes: 10_000,
      diskBytes: 10 * MB,
      maxEntryBytes: 2 * MB,
      folder,
      onError: (error) => errors.push(error),
      ...options,
    });
  const open = async (options: Partial<EdgeCacheOptions> = {}) => {
    const cache = start(options);
    await cache.ready;
    return cache;
  };
  const filled = (length: number, value = 7) => new Uint8Array(length).fill(value);
  /** Vitest takes seconds to compare bytes one by one. */
  const isWhole = async (body: ObjectBody | null, expected: Uint8Array) =>
    body !== null && Buffer.from(await new Response(body.stream()).arrayBuffer()).equals(expected);

  /** Paths of everything in the folder. */
  const files = async () => {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => join(parentPath, name));
  };
  const fileOf = async (name: string) =>
    (await files()).find((path) => path.includes(`~${name}~`)) ?? '';

  it('survives a restart', async () => {
    const before = await open();
    await before.set(id, 'small', filled(SMALL, 1));
    await before.set(id, 'large', filled(LARGE, 2));
    await before.set(id, 'empty', filled(0));
    const after = await open();
    expect(await after.count(id, '')).toBe(3);
    for (let i = 0; i < 2; i++) {
      expect(await isWhole(await after.get(id, 'small'), filled(SMALL, 1))).toBe(true);
      expect(await isWhole(await after.get(id, 'large'), filled(LARGE, 2))).toBe(true);
      expect(await isWhole(await after.get(id, 'empty'), filled(0))).toBe(true);
    }
    expect((await after.get(id, 'small'))?.bytes).toBeDefined();
    expect((await after.get(id, 'large'))?.file).toBeDefined();
  });

  it('is a miss until it is known, and then no more', async () => {
    await (await open()).set(id, 'a', filled(SMALL));
    const cache = start();
    expect(await cache.get(id, 'a')).toBeNull();
    await cache.set(id, 'meanwhile', filled(SMALL)); // in memory
    expect(await cache.get(id, 'meanwhile')).not.toBeNull();
    await cache.ready;
    expect(await cache.get(id, 'a')).not.toBeNull();
  });

  it('forgets what is dropped before it is known', async () => {
    await (await open()).set(id, 'a', filled(SMALL));
    const cache = start();
    await cache.drop(id);
    await cache.ready;
    expect(await cache.get(id, 'a')).toBeNull();
    expect(await files()).toEqual([]);
  });

  it.each([
    ['cut short', (path: string) => writeFile(path, filled(10))],
    ['emptied', (path: string) => writeFile(path, '')],
    ['longer', (path: string) => writeFile(path, filled(LARGE + 1))],
    ['altered', (path: string) => writeFile(path, filled(LARGE, 8))],
    ['altered in one byte', (path: string) => writeFile(path, filled(LARGE).with(LARGE - 1, 0))],
    ['gone', (path: string) => rm(path)],
  ])('never gives out a file that is %s after a restart', async (_, damage) => {
    await (await open()).set(id, 'a', filled(LARGE));
    await damage(await fileOf('a'));
    const cache = await open();
    expect(await cache.get(id, 'a')).toBeNull();
    expect(await files()).toEqual([]);
    await cache.set(id, 'a', filled(LARGE));
    expect(await isWhole(await cache.get(id, 'a'), filled(LARGE))).toBe(true);
    expect(errors).toEqual([]);
  });

  it('never gives out a file under another entry’s name', async () => {
    const before = await open();
    await before.set(id, 'a', filled(SMALL, 1));
    await before.set(id, 'b', filled(SMALL, 2));
    await rename(await fileOf('a'), await fileOf('b'));
    expect(await (await open()).get(id, 'b')).toBeNull();
  });

  it('may be deleted while it is used', async () => {
    const cache = await open();
    for (const [name, size] of [
      ['small', SMALL],
      ['large', LARGE],
    ] as const) {
      await cache.set(id, name, filled(size));
      const reader = (await cache.get(id, name))?.stream().getReader();
      const first = await reader?.read();
      await rm(folder, { recursive: true });
      let read = first?.value?.length ?? 0;
      for (let next = await reader?.read(); next?.value; next = await reader?.read()) {
        read += next.value.length;
      }
      expect(read).toBe(size);
    }
    expect(await cache.get(id, 'large')).toBeNull();
    await cache.set(id, 'large', filled(LARGE, 2));
    expect(await isWhole(await cache.get(id, 'large'), filled(LARGE, 2))).toBe(true);
    await cache.drop(id);
    expect(await files()).toEqual([]);
    expect(errors).toEqual([]);
  });

  it('clears away what a crash left half written, and leaves alone what is not its own', async () => {
    await (await open()).set(id, 'a', filled(SMALL));
    await writeFile(join(folder, 'tmp', 'left-by-a-crash'), 'half');
    const strangers = [join(folder, 'notes.txt'), join(folder, '00', 'a~b'), join(folder, 'x')];
    await mkdir(join(folder, '00'), { recursive: true });
    for (const path of strangers) await writeFile(path, 'mine');
    const ours = await fileOf('a');
    await open({ diskBytes: 4096 });
    expect((await files()).sort()).toEqual([...strangers, ours].sort());
  });

  it('goes on where something odd lies in its folder, and says so', async () => {
    const before = await open();
    for (const name of ['a', 'b']) await before.set(id, name, filled(SMALL));
    const [entry] = await files();
    const shard = dirname(entry ?? '');
    await mkdir(join(folder, 'tmp', 'a-folder'));
    await mkdir(join(shard, `${id}~c~9~${'0'.repeat(16)}`)); // named like an entry
    await writeFile(join(folder, shard.endsWith('ff') ? 'ee' : 'ff'), 'no folder');
    const after = await open({ memoryBytes: 0 });
    expect(errors).toHaveLength(3);
    for (const name of ['a', 'b']) expect(await after.get(id, name), name).not.toBeNull();
    expect(await after.set(id, 'd', filled(SMALL))).toBe(true);
  });

  it('removes the longest unused first when it starts with less room', async () => {
    const before = await open();
    for (const [n, name] of ['c', 'a', 'b', 'd'].entries()) {
      await before.set(id, name, filled(SMALL));
      await utimes(await fileOf(name), 1000 + n, 1000 + n);
    }
    const after = await open({ diskBytes: 2 * 4096 });
    expect(await after.count(id, '')).toBe(2);
    for (const name of ['b', 'd']) expect(await after.get(id, name), name).not.toBeNull();
    expect(await files()).toHaveLength(2);
  });

  it('keeps over a restart what was read, even from memory, rather than what was not', async () => {
    const before = await open();
    for (const name of ['read', 'unread']) await before.set(id, name, filled(SMALL));
    for (const path of await files()) await utimes(path, 1000, 1000);
    const between = await open();
    await between.get(id, 'read');
    await between.get(id, 'read');
    while ((await stat(await fileOf('read'))).mtimeMs < 2_000_000) await nextTurn();
    const after = await open({ diskBytes: 4096 });
    expect(await after.get(id, 'read')).not.toBeNull();
    expect(await after.get(id, 'unread')).toBeNull();
  });

  it('stays within its bound while it is written to', async () => {
    const diskBytes = 3 * MB;
    const cache = await open({ diskBytes, memoryBytes: 0 });
    let writing = true;
    const watch = async () => {
      let most = 0;
      while (writing) {
        most = Math.max(most, bytesIn(folder));
        await nextTurn();
      }
      return most;
    };
    const watched = watch();
    const set = (n: number) => cache.set(id, `n${n}`, filled(LARGE - n * 1000, n));
    await Promise.all(Array.from({ length: 60 }, (_, n) => set(n)));
    await Promise.all(Array.from({ length: 60 }, (_, n) => set(60 + n)));
    writing = false;
    expect(await watched).toBeLessThanOrEqual(diskBytes);
    expect(bytesIn(folder)).toBeGreaterThan(diskBytes / 2);
    expect(errors).toEqual([]);
  });

  it('counts whole blocks: no more small files than have room', async () => {
    const cache = await open({ diskBytes: 10 * 4096, memoryBytes: 0 });
    for (let n = 0; n < 30; n++) await cache.set(id, `n${n}`, filled(1, n));
    expect(await files()).toHaveLength(10);
  });

  it('may be shared: what another process removes is a miss, and nothing breaks', async () => {
    const sizes = { memoryBytes: 0, diskBytes: MB };
    const [one, two] = [await open(sizes), await open(sizes)];
    await Promise.all(
      Array.from({ length: 40 }, async (_, n) => {
        await Promise.all(
          [one, two].map((cache) => cache.set(id, `n${n % 20}`, filled(9000, n % 20))),
        );
        const body = await (n % 3 === 0 ? one : two).get(id, `n${n % 20}`);
        if (body !== null) expect(await isWhole(body, filled(9000, n % 20))).toBe(true);
      }),
    );
    await one.drop(id);
    expect(await files()).toEqual([]);
    for (let n = 0; n < 20; n++) expect(await two.get(id, `n${n}`)).toBeNull();
    expect(errors).toEqual([]);
  });

  it('is for the server alone to read', async () => {
    await (await open({ folder: join(folder, 'own') })).set(id, 'a', filled(SMALL));
    for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
      const { mode } = await stat(join(entry.parentPath, entry.name));
      expect(mode & 0o077, entry.name).toBe(0);
    }
  });

  it('goes on in memory where its folder cannot be used, and says why', async () => {
    await writeFile(join(folder, 'file'), '');
    const cache = await open({ folder: join(folder, 'file') });
    await cache.set(id, 'a', filled(SMALL));
    expect(await cache.get(id, 'a')).not.toBeNull();
    await cache.drop(id);
    expect(await cache.get(id, 'a')).toBeNull();
    expect(errors).not.toEqual([]);
  });
});

/** At one moment, as far as that can be told: entries first, so that none is counted twice. */
function bytesIn(folder: string): number {
  const names = readdirSync(folder);
  const inOrder = [...names.filter((name) => name !== 'tmp'), 'tmp'];
  let sum = 0;
  for (const name of inOrder) {
    for (const file of readdirSync(join(folder, name))) {
      sum += statSync(join(folder, name, file), { throwIfNoEntry: false })?.size ?? 0;
    }
  }
  return sum;
}
