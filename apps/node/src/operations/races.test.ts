import { joinWithRows, sweep } from '@auraimage/host';
import type {
  ObjectFacts,
  ObjectImport,
  ObjectInventory,
  ObjectRow,
  ObjectRows,
  ObjectStore,
} from '@auraimage/ports';
import { describe, expect, it } from 'vitest';
import { copyObjects } from './copy-objects.js';

// What changes between a look and a deed: moments that no test with a real store can choose.

const idOf = (n: number): string => n.toString(16).padStart(32, '0');
const rowOf = (n: number, more: Partial<ObjectRow> = {}): ObjectRow => ({
  objectId: idOf(n),
  project: 'my-app',
  key: `key-${n}`,
  size: 10,
  sha256: 'a'.repeat(64),
  isProjectDeleting: false,
  ...more,
});

/** Rows as a listing saw them, and as they are now. */
function rowsOf(seen: readonly ObjectRow[], now: readonly ObjectRow[] = seen): ObjectRows {
  return {
    after: async (id, limit) => seen.filter(({ objectId }) => objectId > id).slice(0, limit),
    naming: async (ids) => now.filter(({ objectId }) => ids.includes(objectId)),
    totals: async () => ({ images: seen.length, bytes: 0 }),
  };
}

/** Objects as a listing saw them, and as they are now. */
function inventoryOf(seen: readonly number[], now: readonly number[] = seen) {
  const removed: string[] = [];
  const inventory: ObjectInventory = {
    async *objects(prefix = '') {
      const ids = seen.map(idOf).filter((id) => id.startsWith(prefix));
      yield ids.map((id) => ({ id, size: 10, modifiedAt: 0 }));
    },
    async *abandonedUploads() {},
    has: async (id) => now.map(idOf).includes(id),
    removeObject: async (id) => void removed.push(id),
  };
  return { inventory, removed };
}

describe('sweep', () => {
  const options = { graceMs: 0, apply: true, removeRows: true };
  const run = async (rows: ObjectRows, inventory: ObjectInventory, prefix = '') => {
    const forgotten: string[] = [];
    const remove = async ({ key }: { key: string }) => {
      forgotten.push(key);
      return null;
    };
    const ports = { inventory, rows, images: { remove } };
    return { report: await sweep(ports, { ...options, prefix }), forgotten };
  };

  it('keeps an object whose row was added after the listing', async () => {
    const { inventory, removed } = inventoryOf([1, 2, 3]);
    const { report } = await run(rowsOf([rowOf(3)], [rowOf(1), rowOf(3)]), inventory);
    expect(removed).toEqual([idOf(2)]);
    expect(report.orphans).toMatchObject({ count: 1, removed: 1 });
  });

  it('keeps a row whose object was added after the listing, and ignores a deleted one', async () => {
    const { inventory } = inventoryOf([2], [1, 2]);
    const all = [rowOf(1), rowOf(2), rowOf(3), rowOf(4)];
    const { report, forgotten } = await run(rowsOf(all, [rowOf(1), rowOf(2), rowOf(4)]), inventory);
    expect(forgotten).toEqual(['key-4']);
    expect(report.dangling.count).toBe(1);
  });

  it('looks only at objects and rows of a part of the ids, if it has one', async () => {
    // 1 to 15 have all digits but the last in common.
    const { inventory, removed } = inventoryOf([2, 3, 16, 18]);
    const rows = rowsOf([1, 2, 16, 17, 20].map((n) => rowOf(n)));
    const { report, forgotten } = await run(rows, inventory, idOf(1).slice(0, -1));
    expect([removed, forgotten]).toEqual([[idOf(3)], ['key-1']]);
    expect([report.objects.count, report.images.count]).toEqual([2, 2]);
  });

  it('keeps the rows of a project that is being deleted: their objects go first', async () => {
    const { inventory } = inventoryOf([]);
    const seen = [rowOf(1, { isProjectDeleting: true }), rowOf(2)];
    const { report } = await run(
      rowsOf(seen, [seen[0] as ObjectRow, rowOf(2, { isProjectDeleting: true })]),
      inventory,
    );
    expect(report.dangling.count).toBe(0);
  });
});

describe('joinWithRows', () => {
  it('pairs objects and rows, whichever of them are missing, over many pages', async () => {
    const numbers = Array.from({ length: 5000 }, (_, n) => n + 1);
    const objects = numbers.filter((n) => n % 3 !== 0);
    const rows = rowsOf(numbers.filter((n) => n % 5 !== 0).map((n) => rowOf(n)));
    const found = { both: 0, object: 0, row: 0 };
    for await (const { object, row } of joinWithRows(
      inventoryOf(objects).inventory.objects(),
      rows,
    )) {
      if (object !== null && row !== null) expect(object.id).toBe(row.objectId);
      found[object === null ? 'row' : row === null ? 'object' : 'both']++;
    }
    expect(found).toEqual({ both: 2667, object: 667, row: 1333 });
  });

  it('throws if a store does not list in order', async () => {
    const pairs = joinWithRows(inventoryOf([2, 1]).inventory.objects(), rowsOf([]));
    await expect(drain(pairs)).rejects.toThrow(/in order/);
  });
});

describe('copyObjects', () => {
  function target(put: (id: string, facts: ObjectFacts) => Promise<void>): ObjectImport {
    return { check: async () => null, put, remove: async () => {} };
  }
  const body = { length: 10, stream: () => new Blob(['0123456789']).stream() };

  it('skips and reports images that are deleted before or during their copy', async () => {
    const gone: string[] = [];
    const from: Pick<ObjectStore, 'read'> = {
      read: async (id) => (id === idOf(1) ? null : body),
    };
    const into = target(async (id) => {
      if (id === idOf(2)) throw new Error('the file is not there any more');
    });
    const wanted = rowsOf([rowOf(1), rowOf(2), rowOf(3), rowOf(4, { isProjectDeleting: true })]);
    const report = await copyObjects(
      { wanted, current: rowsOf([rowOf(3)]), from, into },
      { depth: 'noted', atOnce: 2, onGone: async ({ key }) => void gone.push(key) },
    );
    expect(gone.sort()).toEqual(['key-1', 'key-2', 'key-4']);
    expect(report).toMatchObject({ copied: { count: 1 }, gone: { count: 3 }, problems: [] });
  });

  it('continues after one failure, and gives up after many consecutive ones', async () => {
    const all = Array.from({ length: 200 }, (_, n) => rowOf(n + 1));
    const run = (isAway: (n: number) => boolean) => {
      let calls = 0;
      const into = target(async () => {
        if (isAway(++calls)) throw new Error('the store is away');
      });
      const ports = {
        wanted: rowsOf(all),
        current: rowsOf(all),
        from: { read: async () => body },
        into,
      };
      return copyObjects(ports, { depth: 'noted', atOnce: 4 });
    };
    const report = await run((n) => n % 10 === 0);
    expect([report.copied.count, report.problems.length]).toEqual([180, 20]);
    await expect(run((n) => n > 50)).rejects.toThrow('the store is away');
  });
});

async function drain(source: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of source);
}
