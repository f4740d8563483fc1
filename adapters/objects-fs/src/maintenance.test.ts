import { mkdtemp, open, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeObjectImport, describeObjectInventory } from '@auraimage/ports/contracts';
import { describe, expect, it } from 'vitest';
import { createFsImport } from './import.js';
import { createFsInventory } from './inventory.js';
import { createFsObjectStore } from './store.js';

const makeRoot = () => mkdtemp(join(tmpdir(), 'aura-objects-'));

describeObjectInventory('a folder', async () => {
  const root = await makeRoot();
  return {
    store: await createFsObjectStore({ root }),
    inventory: createFsInventory({ root }),
    close: () => rm(root, { recursive: true }),
  };
});

describeObjectImport('a folder', async () => {
  const root = await makeRoot();
  return {
    into: await createFsImport({ root }),
    store: await createFsObjectStore({ root }),
    async countAll() {
      const entries = await readdir(root, { recursive: true, withFileTypes: true });
      return entries.filter((entry) => !entry.isDirectory()).length;
    },
    async damage(id) {
      const file = await open(join(root, 'objects', id.slice(0, 2), id), 'r+');
      await file.write('damaged', 100);
      await file.close();
    },
    close: () => rm(root, { recursive: true }),
  };
});

describe('createFsInventory', () => {
  it('creates nothing if the folder is missing, and fails', async () => {
    const root = join(tmpdir(), 'aura-objects-that-are-not-there');
    const listing = createFsInventory({ root }).objects()[Symbol.asyncIterator]();
    await expect(listing.next()).rejects.toThrow(/ENOENT/);
    await expect(readdir(root)).rejects.toThrow(/ENOENT/);
  });
});
