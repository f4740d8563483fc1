import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ObjectInventory, ObjectStore } from '../index.js';
import { someBytes } from './bytes.js';

/** A fresh, empty store. */
export interface ObjectInventorySetup {
  readonly store: ObjectStore;
  readonly inventory: ObjectInventory;
  /** Bytes of a draft that is in the store and not in memory; default 1000. */
  readonly draftBytes?: number;
  close(): Promise<void>;
}

/** A wide range, so that clock differences between machines do not matter. */
const DAY_MS = 86_400_000;

/** The suite of {@link ObjectInventory}: declares its tests against what `setUp` makes for each. */
export function describeObjectInventory(
  name: string,
  setUp: () => Promise<ObjectInventorySetup>,
): void {
  describe(`${name} as ObjectInventory`, () => {
    let setup: ObjectInventorySetup;
    let inventory: ObjectInventory;
    beforeEach(async () => {
      setup = await setUp();
      inventory = setup.inventory;
    });
    afterEach(() => setup.close());

    const keep = async (size: number): Promise<string> => {
      const draft = await setup.store.create();
      await draft.write(someBytes(size));
      return (await draft.commit()).id;
    };

    it('lists nothing in an empty store', async () => {
      expect(await all(inventory.objects())).toEqual([]);
      expect(await all(inventory.abandonedUploads())).toEqual([]);
    });

    it('lists every object in order of ids, with its size and time', async () => {
      const ids = await Promise.all(Array.from({ length: 25 }, (_, i) => keep(i + 1)));
      const listed = await all(inventory.objects());
      expect(listed.map(({ id }) => id)).toEqual([...ids].sort());
      for (const { id, size, modifiedAt } of listed) {
        expect(size).toBe(ids.indexOf(id) + 1);
        expect(Math.abs(modifiedAt - Date.now())).toBeLessThan(DAY_MS);
      }
      const [{ id: first } = { id: '' }] = listed;
      for (const prefix of ['', first.slice(0, 1), first.slice(0, 3), first, 'x']) {
        const some = await all(inventory.objects(prefix));
        expect(some).toEqual(listed.filter(({ id }) => id.startsWith(prefix)));
      }
    });

    it('reports whether an object exists, and removes no other', async () => {
      const [mine = '', other = ''] = [await keep(10), await keep(20)];
      expect(await inventory.has(mine)).toBe(true);
      await inventory.removeObject(mine);
      await inventory.removeObject(mine);
      expect(await inventory.has(mine)).toBe(false);
      expect((await all(inventory.objects())).map(({ id }) => id)).toEqual([other]);
      expect(await setup.store.read(mine, { start: 0, length: 1 })).toBeNull();
      for (const strange of ['', '.', '..', `../${other}`, `${other}/`, 'x'.repeat(5000)]) {
        expect(await inventory.has(strange)).toBe(false);
        await inventory.removeObject(strange);
      }
      expect(await inventory.has(other)).toBe(true);
    });

    it('lists a draft as an abandoned upload and not as an object, and removes it', async () => {
      const size = setup.draftBytes ?? 1000;
      const draft = await setup.store.create();
      await draft.write(someBytes(size));
      await draft.readBack();
      expect(await all(inventory.objects())).toEqual([]);
      const [upload, ...more] = await all(inventory.abandonedUploads());
      expect(more).toEqual([]);
      expect(upload).toMatchObject({ size, name: expect.stringContaining('unfinished') });
      expect(Math.abs((upload?.modifiedAt ?? 0) - Date.now())).toBeLessThan(DAY_MS);
      await upload?.remove();
      await upload?.remove();
      expect(await all(inventory.abandonedUploads())).toEqual([]);
      await draft.discard();
    });
  });
}

async function all<T>(pages: AsyncIterable<readonly T[]>): Promise<T[]> {
  const found: T[] = [];
  for await (const page of pages) found.push(...page);
  return found;
}
