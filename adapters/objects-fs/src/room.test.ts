import { readdirSync, statSync } from 'node:fs';
import { mkdtemp, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { VariantStore } from '@auraimage/ports';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeId } from './layout.js';
import { createFsVariantStore } from './variants.js';

const BLOCK = 4096;
const MAX = 100 * BLOCK;

describe('the room of variants', () => {
  const id = makeId();
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'aura-room-'));
  });
  afterEach(() => rm(root, { recursive: true }));

  const open = (maxBytes = MAX, writers = 1) => createFsVariantStore({ root, maxBytes, writers });
  const blocks = (count: number) => new Uint8Array(count * BLOCK);
  const pathOf = (objectId: string, name: string) =>
    join(root, 'variants', objectId.slice(0, 2), objectId, name);
  const age = (name: string, seconds: number) => utimes(pathOf(id, name), seconds, seconds);
  const keptOf = async (store: VariantStore, names: readonly string[]) => {
    const kept = await Promise.all(names.map((name) => store.get(id, name)));
    return names.filter((_, index) => kept[index] !== null);
  };

  /** The most bytes that there were while the work went on. */
  const mostDuring = async (work: () => Promise<unknown>) => {
    let working = true;
    let most = 0;
    const watch = async () => {
      for (; working; await nextTurn()) most = Math.max(most, bytesIn(root));
    };
    const watched = watch();
    try {
      await work();
    } finally {
      working = false;
      await watched;
    }
    return most;
  };

  it('is never more than it may be, while many write at once, and the newest is kept', async () => {
    const store = await open();
    const write = async (_: unknown, writer: number) => {
      for (let n = 0; n < 10; n++) {
        expect(await store.set(makeId(), `w${writer}`, blocks(1 + (n % 7)))).toBe(true);
      }
    };
    const most = await mostDuring(async () => {
      await Promise.all(Array.from({ length: 8 }, write));
      expect(await store.set(id, 'last', blocks(5))).toBe(true);
    });
    expect(most).toBeLessThanOrEqual(MAX);
    expect(bytesIn(root)).toBeGreaterThan(MAX / 2);
    expect(await store.get(id, 'last')).not.toBeNull();
  });

  it('is never more than it may be while several processes write, each for itself', async () => {
    const stores = await Promise.all([1, 2, 3].map(() => open(MAX, 3)));
    const write = async (store: VariantStore) => {
      for (let n = 0; n < 25; n++) await store.set(makeId(), 'w', blocks(1 + (n % 3)));
    };
    const most = await mostDuring(() => Promise.all(stores.map(write)));
    expect(most).toBeLessThanOrEqual(MAX);
    expect(bytesIn(root)).toBeGreaterThan(MAX / 2);
    const [store] = stores;
    expect(await store?.set(id, 'last', blocks(3))).toBe(true);
    expect(await store?.set(id, 'large', blocks(4))).toBe(false);
  });

  it('goes to what is read, rather than to what is not', async () => {
    const store = await open();
    for (const name of ['read', 'unread']) {
      await store.set(id, name, blocks(5));
      await age(name, 1000);
    }
    for (let n = 0; n < 60; n++) {
      await store.set(id, `n${n}`, blocks(5));
      expect(await store.get(id, 'read'), `${n}`).not.toBeNull();
    }
    expect(await store.get(id, 'unread')).toBeNull();
  });

  it('goes to what was read before a restart', async () => {
    const before = await open();
    for (const name of ['read', 'unread']) {
      await before.set(id, name, blocks(30));
      await age(name, 1000);
    }
    const between = await open();
    await between.get(id, 'read');
    while ((await stat(pathOf(id, 'read'))).mtimeMs < 2_000_000) await nextTurn();
    const after = await open();
    for (const name of ['a', 'b']) expect(await after.set(id, name, blocks(30))).toBe(true);
    expect(await keptOf(after, ['read', 'unread', 'a', 'b'])).toEqual(['read', 'a', 'b']);
  });

  it('is cleared where there is less of it than before', async () => {
    const before = await open();
    const names = ['c', 'a', 'd', 'b'];
    for (const [n, name] of names.entries()) {
      await before.set(id, name, blocks(20));
      await age(name, 1000 + n);
    }
    const after = await open(50 * BLOCK);
    expect(await after.set(id, 'e', blocks(10))).toBe(true);
    while ((await after.count(id, '')) > 2) await nextTurn();
    expect(await keptOf(after, [...names, 'e'])).toEqual(['b', 'e']);
  });

  it('is given back by what is removed, dropped or written again', async () => {
    const store = await open();
    await store.set(id, 'stays', blocks(10));
    await age('stays', 1000);
    for (let n = 0; n < 20; n++) {
      const other = makeId();
      expect(await store.set(other, 'a', blocks(10))).toBe(true);
      expect(await store.set(other, 'a', blocks(10))).toBe(true);
      await (n % 2 === 0 ? store.remove(other, 'a') : store.drop(other));
      expect(await store.get(id, 'stays'), `${n}`).not.toBeNull();
    }
  });

  it('does not take an entry that is larger than all of it, and takes one as large', async () => {
    const store = await open();
    await store.set(id, 'a', blocks(10));
    expect(await store.set(id, 'larger', new Uint8Array(MAX + 1))).toBe(false);
    expect(await keptOf(store, ['larger', 'a'])).toEqual(['a']);
    expect(await store.set(id, 'largest', new Uint8Array(MAX))).toBe(true);
    expect(await keptOf(store, ['largest', 'a'])).toEqual(['largest']);
    expect(await (await open(0)).set(id, 'none', new Uint8Array(1))).toBe(false);
  });

  it('is counted in whole blocks: no more small files than have room', async () => {
    const store = await open(20 * BLOCK);
    for (let n = 0; n < 60; n++) await store.set(id, `n${n}`, new Uint8Array(1));
    expect(await store.count(id, '')).toBeLessThanOrEqual(20);
    expect(await store.count(id, '')).toBeGreaterThan(10);
  });

  it('leaves alone what is not a variant, and no folder that is empty', async () => {
    const store = await open();
    const ids = Array.from({ length: 50 }, makeId);
    await store.set(ids[0] ?? '', 'a', blocks(5));
    const strangers = ['variants/notes', `variants/${id.slice(0, 2)}x`, 'objects/master'];
    for (const path of strangers) await writeFile(join(root, path), blocks(90));
    for (const each of ids) expect(await store.set(each, 'a', blocks(5))).toBe(true);
    for (const path of strangers) expect((await stat(join(root, path))).size).toBe(90 * BLOCK);
    const countOf = async (isOne: (path: string) => boolean) =>
      (await readdir(join(root, 'variants'), { recursive: true })).filter(isOne).length;
    const isFolder = (path: string) => ids.some((each) => path.endsWith(each));
    // A file goes before its folder does.
    while ((await countOf(isFolder)) > (await countOf((path) => path.endsWith('/a'))))
      await nextTurn();
  });

  it('is shared with another process', async () => {
    const [one, two] = [await open(), await open()];
    for (let n = 0; n < 60; n++) {
      const store = n % 2 === 0 ? one : two;
      expect(await store.set(id, `n${n}`, blocks(5))).toBe(true);
      expect(await (n % 3 === 0 ? one : two).get(id, `n${n}`)).not.toBeNull();
    }
    // Each knows for sure of what it wrote itself.
    expect(bytesIn(root)).toBeLessThanOrEqual(2 * MAX);
  });
});

/** At one moment, as far as that can be told: entries first, so that none is counted twice. */
function bytesIn(root: string): number {
  let sum = 0;
  for (const folder of ['variants', 'tmp']) {
    const path = join(root, folder);
    if (statSync(path, { throwIfNoEntry: false }) === undefined) continue;
    for (const name of namesIn(path)) {
      const stats = statSync(join(path, name), { throwIfNoEntry: false });
      if (stats?.isFile()) sum += stats.size;
    }
  }
  return sum;
}

/** Folders may go while they are looked into. */
function namesIn(path: string): string[] {
  const entries = readdirSync(path, { withFileTypes: true });
  return entries.flatMap((entry) => {
    if (!entry.isDirectory()) return [entry.name];
    try {
      return namesIn(join(path, entry.name)).map((name) => join(entry.name, name));
    } catch {
      return [];
    }
  });
}
