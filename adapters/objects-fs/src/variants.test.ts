import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { VariantStore } from '@auraimage/ports';
import { describeVariantStore } from '@auraimage/ports/contracts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeId } from './layout.js';
import { createFsVariantStore } from './variants.js';

const MAX_BYTES = 20_000_000;
const makeRoot = () => mkdtemp(join(tmpdir(), 'aura-variants-'));

describeVariantStore('a folder', async () => {
  const root = await makeRoot();
  return {
    store: await createFsVariantStore({ root, maxBytes: MAX_BYTES }),
    makeMaster: async () => makeId(),
    close: () => rm(root, { recursive: true }),
  };
});

describe('createFsVariantStore', () => {
  const bytes = new Uint8Array(1000).fill(7);
  const id = makeId();
  let root: string;
  let store: VariantStore;
  beforeEach(async () => {
    root = await makeRoot();
    store = await createFsVariantStore({ root, maxBytes: MAX_BYTES });
  });
  afterEach(() => rm(root, { recursive: true }));

  const everything = async () => {
    const entries = await readdir(root, { recursive: true, withFileTypes: true });
    return entries.map((entry) => ({ entry, path: join(entry.parentPath, entry.name) }));
  };
  const filesLeft = async () =>
    (await everything()).filter(({ entry }) => !entry.isDirectory()).map(({ path }) => path);
  const foldersOf = async (objectId: string) =>
    (await everything()).filter(({ entry }) => entry.name === objectId);

  it('keeps what it has when it is opened again, for every process', async () => {
    await store.set(id, 'w400.webp', bytes);
    const other = await createFsVariantStore({ root, maxBytes: MAX_BYTES });
    const target = new Uint8Array(bytes.length);
    (await other.get(id, 'w400.webp'))?.copyTo?.(target);
    expect(target).toEqual(bytes);
    await other.drop(id);
    expect(await store.count(id, '')).toBe(0);
  });

  it('is for the server alone to read', async () => {
    await store.set(id, 'w400.webp', bytes);
    for (const { path } of await everything()) {
      expect((await stat(path)).mode & 0o077, path).toBe(0);
    }
  });

  it('names the file of a large entry, for the host to send', async () => {
    await store.set(id, 'large', new Uint8Array(1_000_000));
    const { path = '', start, length } = (await store.get(id, 'large'))?.file ?? {};
    expect({ start, length }).toEqual({ start: 0, length: 1_000_000 });
    expect((await stat(path)).size).toBe(1_000_000);
  });

  it('has no large entry that another process removed', async () => {
    await store.set(id, 'large', new Uint8Array(1_000_000));
    expect(await store.get(id, 'large')).not.toBeNull();
    await (await createFsVariantStore({ root, maxBytes: MAX_BYTES })).remove(id, 'large');
    expect(await store.get(id, 'large')).toBeNull();
  });

  it('reads nothing outside its folder', async () => {
    const outside = join(root, 'secret');
    await writeFile(outside, 'secret');
    await mkdir(join(root, 'variants'), { recursive: true });
    for (const name of ['../secret', '../../../../secret', outside, '..', '.']) {
      expect(await store.get(id, name), name).toBeNull();
      expect(await store.get(name, 'secret'), name).toBeNull();
      await store.remove(id, name);
      await store.drop(name);
    }
    expect(await filesLeft()).toEqual([outside]);
  });

  it('leaves nothing of a master that was dropped or emptied', async () => {
    await store.set(id, 'a', bytes);
    await store.set(id, 'b', bytes);
    await store.drop(id);
    expect(await foldersOf(id)).toEqual([]);
    await store.set(id, 'a', bytes);
    await store.remove(id, 'a');
    expect(await foldersOf(id)).toEqual([]);
    expect(await filesLeft()).toEqual([]);
  });

  it('leaves no half entry where it is dropped while entries are being written', async () => {
    const ids = Array.from({ length: 40 }, makeId);
    await Promise.all(
      ids.map(async (each, n) => {
        const setting = store.set(each, 'a', bytes);
        for (let turn = 0; turn < n % 10; turn++) await new Promise((next) => setImmediate(next));
        await Promise.all([setting, store.drop(each)]);
        // Either came first: the entry is whole, or nothing is left at all.
        const body = await store.get(each, 'a');
        if (body !== null) expect(body.length).toBe(bytes.length);
        await store.remove(each, 'a');
      }),
    );
    // Looked at when all have ended: no folder goes away meanwhile.
    for (const each of ids) expect(await foldersOf(each)).toEqual([]);
    expect(await filesLeft()).toEqual([]);
  });
});
