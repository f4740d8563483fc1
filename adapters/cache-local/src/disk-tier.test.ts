import { readdirSync, statSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, sep } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ObjectBody } from '@auraimage/ports';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createDerivedStore, type DerivedStoreOptions, type DiskOptions } from './store.js';

const MB = 2 ** 20;
const SMALL = 1000;
const LARGE = 300_000;

describe('the disk of derived bytes', () => {
  const id = 'a'.repeat(32);
  const master = { objectId: id, project: 'my-app' };
  let folder: string;
  let errors: unknown[];
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'aura-cache-'));
    errors = [];
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  type Options = Partial<Pick<DerivedStoreOptions, 'memoryBytes'> & DiskOptions>;
  const start = ({ memoryBytes = MB, ...disk }: Options = {}) =>
    createDerivedStore({
      memoryBytes,
      maxMemoryEntryBytes: 10_000,
      maxEntryBytes: 2 * MB,
      disk: { maxBytes: 10 * MB, folder, ...disk },
      onError: (error) => errors.push(error),
    });
  const open = async (options: Options = {}) => {
    const cache = start(options);
    await cache.ready;
    return cache;
  };
  const filled = (length: number, value = 7) => new Uint8Array(length).fill(value);
  /** Vitest takes seconds to compare bytes one by one. */
  const isWhole = async (body: ObjectBody | null, expected: Uint8Array) =>
    body !== null && Buffer.from(await new Response(body.stream()).arrayBuffer()).equals(expected);

  /** Paths of all files in the folder. */
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
    await before.public.set(master, 'small', filled(SMALL, 1));
    await before.public.set(master, 'large', filled(LARGE, 2));
    await before.public.set(master, 'empty', filled(0));
    await before.private.set(master, 'closed', filled(SMALL, 3));
    const after = await open();
    expect(await after.public.names(id, '')).toHaveLength(3);
    expect(await after.private.names(id, '')).toEqual(['closed']);
    expect(await isWhole(await after.private.get(id, 'closed'), filled(SMALL, 3))).toBe(true);
    expect(await after.public.get(id, 'closed')).toBeNull();
    for (let i = 0; i < 2; i++) {
      expect(await isWhole(await after.public.get(id, 'small'), filled(SMALL, 1))).toBe(true);
      expect(await isWhole(await after.public.get(id, 'large'), filled(LARGE, 2))).toBe(true);
      expect(await isWhole(await after.public.get(id, 'empty'), filled(0))).toBe(true);
    }
    expect((await after.public.get(id, 'small'))?.bytes).toBeDefined();
    expect((await after.public.get(id, 'large'))?.file).toBeDefined();
  });

  it('gives a reader in another process the file of an entry that is also in memory', async () => {
    const cache = await open();
    await cache.public.set(master, 'small', filled(SMALL));
    expect((await cache.public.get(id, 'small'))?.bytes).toBeDefined();
    expect((await cache.public.get(id, 'small', 'file'))?.file?.path).toBe(await fileOf('small'));
    await rm(await fileOf('small'));
    expect((await cache.public.get(id, 'small', 'file'))?.bytes).toBeDefined();
    const inMemory = await open({ maxBytes: 0 });
    await inMemory.public.set(master, 'small', filled(SMALL));
    expect((await inMemory.public.get(id, 'small', 'file'))?.bytes).toBeDefined();
  });

  it('is a miss until it is indexed, and a hit afterwards', async () => {
    await (await open()).public.set(master, 'a', filled(SMALL));
    const cache = start();
    expect(await cache.public.get(id, 'a')).toBeNull();
    await cache.public.set(master, 'meanwhile', filled(SMALL)); // in memory
    expect(await cache.public.get(id, 'meanwhile')).not.toBeNull();
    await cache.ready;
    expect(await cache.public.get(id, 'a')).not.toBeNull();
  });

  it('forgets an entry that is dropped before it is indexed', async () => {
    await (await open()).public.set(master, 'a', filled(SMALL));
    const cache = start();
    await cache.drop(id);
    await cache.ready;
    expect(await cache.public.get(id, 'a')).toBeNull();
    expect(await files()).toEqual([]);
  });

  it.each([
    ['cut short', (path: string) => writeFile(path, filled(10))],
    ['emptied', (path: string) => writeFile(path, '')],
    ['longer', (path: string) => writeFile(path, filled(LARGE + 1))],
    ['altered', (path: string) => writeFile(path, filled(LARGE, 8))],
    ['altered in one byte', (path: string) => writeFile(path, filled(LARGE).with(LARGE - 1, 0))],
    ['gone', (path: string) => rm(path)],
  ])('never returns a file that is %s after a restart', async (_, damage) => {
    await (await open()).public.set(master, 'a', filled(LARGE));
    await damage(await fileOf('a'));
    const cache = await open();
    expect(await cache.public.get(id, 'a')).toBeNull();
    expect(await files()).toEqual([]);
    await cache.public.set(master, 'a', filled(LARGE));
    expect(await isWhole(await cache.public.get(id, 'a'), filled(LARGE))).toBe(true);
    expect(errors).toEqual([]);
  });

  it('keeps the sides in separate folders', async () => {
    const cache = await open();
    for (const side of ['public', 'private'] as const)
      await cache[side].set(master, side, filled(10));
    const found = (await files()).map((path) => path.slice(folder.length + 1));
    expect(found.map((path) => path.split(sep)[0]).sort()).toEqual(['private', 'public']);
    for (const path of found) expect(path).toContain(`~${path.split(sep)[0]}~`);
  });

  it('never returns a file under the name of another entry', async () => {
    const before = await open();
    await before.public.set(master, 'a', filled(SMALL, 1));
    await before.public.set(master, 'b', filled(SMALL, 2));
    await rename(await fileOf('a'), await fileOf('b'));
    expect(await (await open()).public.get(id, 'b')).toBeNull();
  });

  it('may be deleted while it is in use', async () => {
    const cache = await open();
    for (const [name, size] of [
      ['small', SMALL],
      ['large', LARGE],
    ] as const) {
      await cache.public.set(master, name, filled(size));
      const reader = (await cache.public.get(id, name))?.stream().getReader();
      const first = await reader?.read();
      await rm(folder, { recursive: true });
      let read = first?.value?.length ?? 0;
      for (let next = await reader?.read(); next?.value; next = await reader?.read()) {
        read += next.value.length;
      }
      expect(read).toBe(size);
    }
    expect(await cache.public.get(id, 'large')).toBeNull();
    await cache.public.set(master, 'large', filled(LARGE, 2));
    expect(await isWhole(await cache.public.get(id, 'large'), filled(LARGE, 2))).toBe(true);
    await cache.drop(id);
    expect(await files()).toEqual([]);
    expect(errors).toEqual([]);
  });

  it('removes incomplete files of a crash, and no files of others', async () => {
    await (await open()).public.set(master, 'a', filled(SMALL));
    await writeFile(join(folder, 'tmp', 'left-by-a-crash'), 'half');
    const strangers = [join(folder, 'notes.txt'), join(folder, '00', 'a~b'), join(folder, 'x')];
    await mkdir(join(folder, '00'), { recursive: true });
    for (const path of strangers) await writeFile(path, 'mine');
    const ours = await fileOf('a');
    await open({ maxBytes: 4096 });
    expect((await files()).sort()).toEqual([...strangers, ours].sort());
  });

  it('reports unexpected files in its folder, and continues', async () => {
    const before = await open();
    for (const name of ['a', 'b']) await before.public.set(master, name, filled(SMALL));
    const [entry] = await files();
    const shard = dirname(entry ?? '');
    await mkdir(join(folder, 'tmp', 'a-folder'));
    await mkdir(join(shard, `${id}~c~my-app~9~${'0'.repeat(16)}`)); // named like an entry
    await writeFile(join(dirname(shard), shard.endsWith('ff') ? 'ee' : 'ff'), 'no folder');
    const after = await open({ memoryBytes: 0 });
    expect(errors).toHaveLength(3);
    for (const name of ['a', 'b']) expect(await after.public.get(id, name), name).not.toBeNull();
    expect(await after.public.set(master, 'd', filled(SMALL))).toBe(true);
  });

  it('evicts the least recently used first when it starts with a smaller bound', async () => {
    const before = await open();
    for (const [n, name] of ['c', 'a', 'b', 'd'].entries()) {
      await before.public.set(master, name, filled(SMALL));
      await utimes(await fileOf(name), 1000 + n, 1000 + n);
    }
    const after = await open({ maxBytes: 2 * 4096 });
    expect(await after.public.names(id, '')).toHaveLength(2);
    for (const name of ['b', 'd']) expect(await after.public.get(id, name), name).not.toBeNull();
    expect(await files()).toHaveLength(2);
  });

  it('keeps the share of a project over a restart', async () => {
    const before = await open();
    const quiet = { objectId: 'b'.repeat(32), project: 'quiet' };
    for (const name of ['a', 'b']) {
      await before.public.set(quiet, name, filled(SMALL));
    }
    for (const path of await files())
      await utimes(path, Date.now() / 1000 - 60, Date.now() / 1000 - 60);
    for (let n = 0; n < 6; n++) await before.public.set(master, `n${n}`, filled(SMALL));
    const after = await open({ maxBytes: 4 * 4096 });
    expect(await after.public.names(quiet.objectId, '')).toEqual(['a', 'b']);
    expect(await after.public.names(id, '')).toHaveLength(2);
    await after.public.set(master, 'new', filled(SMALL));
    expect(await after.public.names(quiet.objectId, '')).toEqual(['a', 'b']);
    expect(await after.public.names(id, '')).toHaveLength(2);
  });

  it('keeps over a restart the entries that were read, even from memory', async () => {
    const before = await open();
    for (const name of ['read', 'unread']) await before.public.set(master, name, filled(SMALL));
    for (const path of await files()) await utimes(path, 1000, 1000);
    const between = await open();
    await between.public.get(id, 'read');
    await between.public.get(id, 'read');
    while ((await stat(await fileOf('read'))).mtimeMs < 2_000_000) await nextTurn();
    const after = await open({ maxBytes: 4096 });
    expect(await after.public.get(id, 'read')).not.toBeNull();
    expect(await after.public.get(id, 'unread')).toBeNull();
  });

  it('stays within its bound during writes', async () => {
    const maxBytes = 3 * MB;
    const cache = await open({ maxBytes, memoryBytes: 0 });
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
    const set = (n: number) => cache.public.set(master, `n${n}`, filled(LARGE - n * 1000, n));
    await Promise.all(Array.from({ length: 60 }, (_, n) => set(n)));
    await Promise.all(Array.from({ length: 60 }, (_, n) => set(60 + n)));
    writing = false;
    expect(await watched).toBeLessThanOrEqual(maxBytes);
    expect(bytesIn(folder)).toBeGreaterThan(maxBytes / 2);
    expect(errors).toEqual([]);
  });

  it('counts whole blocks, so that small files do not exceed the bound', async () => {
    const cache = await open({ maxBytes: 10 * 4096, memoryBytes: 0 });
    for (let n = 0; n < 30; n++) await cache.public.set(master, `n${n}`, filled(1, n));
    expect(await files()).toHaveLength(10);
  });

  it('may be shared: an entry that another process removed is a miss', async () => {
    const sizes = { memoryBytes: 0, maxBytes: MB };
    const [one, two] = [await open(sizes), await open(sizes)];
    await Promise.all(
      Array.from({ length: 40 }, async (_, n) => {
        await Promise.all(
          [one, two].map((cache) => cache.public.set(master, `n${n % 20}`, filled(9000, n % 20))),
        );
        const body = await (n % 3 === 0 ? one : two).public.get(id, `n${n % 20}`);
        if (body !== null) expect(await isWhole(body, filled(9000, n % 20))).toBe(true);
      }),
    );
    await one.drop(id);
    expect(await files()).toEqual([]);
    for (let n = 0; n < 20; n++) expect(await two.public.get(id, `n${n}`)).toBeNull();
    expect(errors).toEqual([]);
  });

  it('drops a master in the folders of other processes too', async () => {
    const sizes = { memoryBytes: 0, maxBytes: MB };
    const [mine, other] = [join(folder, 'worker-1'), join(folder, 'worker-2')];
    const one = await open({ ...sizes, folder: mine, otherFolders: [other] });
    const two = await open({ ...sizes, folder: other, otherFolders: [mine] });
    for (const side of ['public', 'private'] as const) {
      for (const cache of [one, two]) await cache[side].set(master, 'a', filled(SMALL));
    }
    await two.public.set({ ...master, objectId: 'b'.repeat(32) }, 'a', filled(SMALL));
    await one.drop(id);
    expect(await files()).toHaveLength(1);
    for (const side of ['public', 'private'] as const) {
      expect(await two[side].get(id, 'a')).toBeNull();
      expect(await two[side].names(id, '')).toEqual([]);
    }
    expect(errors).toEqual([]);
  });

  it('is readable by the server only', async () => {
    await (await open({ folder: join(folder, 'own') })).public.set(master, 'a', filled(SMALL));
    for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
      const { mode } = await stat(join(entry.parentPath, entry.name));
      expect(mode & 0o077, entry.name).toBe(0);
    }
  });

  it('continues in memory if its folder cannot be used, and reports why', async () => {
    await writeFile(join(folder, 'file'), '');
    const cache = await open({ folder: join(folder, 'file') });
    await cache.public.set(master, 'a', filled(SMALL));
    expect(await cache.public.get(id, 'a')).not.toBeNull();
    await cache.drop(id);
    expect(await cache.public.get(id, 'a')).toBeNull();
    expect(errors).not.toEqual([]);
  });
});

/** Approximates one moment: entries are listed first, so that none is counted twice. */
function bytesIn(folder: string): number {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const isTemporary = (name: string) => name.startsWith('tmp');
  const inOrder = names.filter((name) => !isTemporary(name));
  // Looked up again: a file that was completed meanwhile has been renamed.
  inOrder.push(...readdirSync(join(folder, 'tmp')).map((name) => join('tmp', name)));
  let sum = 0;
  for (const name of inOrder) {
    const stats = statSync(join(folder, name), { throwIfNoEntry: false });
    if (stats?.isFile()) sum += stats.size;
  }
  return sum;
}
