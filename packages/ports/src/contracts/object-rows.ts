import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ObjectRow, ObjectRows } from '../index.js';
import { ORIGIN, type TestImage, type TestImages } from './image-fixtures.js';

/** A fresh, empty database. */
export interface ObjectRowsSetup {
  readonly rows: ObjectRows;
  readonly images: TestImages;
  makeProject(name: string): Promise<void>;
  beginDeletion(project: string): Promise<void>;
  close(): Promise<void>;
}

/** The suite of {@link ObjectRows}: declares its tests against what `setUp` makes for each. */
export function describeObjectRows(name: string, setUp: () => Promise<ObjectRowsSetup>): void {
  describe(`${name} as ObjectRows`, () => {
    let setup: ObjectRowsSetup;
    let rows: ObjectRows;
    beforeEach(async () => {
      setup = await setUp();
      rows = setup.rows;
      await setup.makeProject('one');
      await setup.makeProject('two');
    });
    afterEach(() => setup.close());

    const ids = (found: readonly ObjectRow[]) => found.map(({ objectId }) => objectId);

    it('has no rows without images', async () => {
      expect(await rows.after('', 10)).toEqual([]);
      expect(await rows.naming([idOf(1)])).toEqual([]);
      expect(await rows.naming([])).toEqual([]);
      expect(await rows.totals()).toEqual({ images: 0, bytes: 0 });
    });

    it('pages through the images of every project, in order of their objects', async () => {
      for (const n of [5, 1, 4, 2, 3]) {
        await setup.images.insert(image(n % 2 === 0 ? 'one' : 'two', n));
      }
      const first = await rows.after('', 2);
      const second = await rows.after(first.at(-1)?.objectId ?? '', 2);
      const third = await rows.after(second.at(-1)?.objectId ?? '', 2);
      expect([first, second, third].map(ids)).toEqual([
        [idOf(1), idOf(2)],
        [idOf(3), idOf(4)],
        [idOf(5)],
      ]);
      expect(first[1]).toEqual({
        objectId: idOf(2),
        project: 'one',
        key: 'key-2.png',
        size: 200,
        sha256: '2'.repeat(64),
        isProjectDeleting: false,
      });
      expect(await rows.totals()).toEqual({ images: 5, bytes: 1500 });
    });

    it('finds the current rows of some objects', async () => {
      for (const n of [1, 2, 3]) await setup.images.insert(image('one', n));
      await setup.images.remove({ project: 'one', key: 'key-2.png' }, ORIGIN);
      expect(ids(await rows.naming([idOf(1), idOf(2), idOf(9)]))).toEqual([idOf(1)]);
    });

    it('reports rows whose project is being deleted', async () => {
      await setup.images.insert(image('one', 1));
      await setup.images.insert(image('two', 2));
      await setup.beginDeletion('one');
      expect((await rows.after('', 10)).map(({ isProjectDeleting }) => isProjectDeleting)).toEqual([
        true,
        false,
      ]);
      expect(await rows.naming([idOf(1)])).toEqual([
        expect.objectContaining({ isProjectDeleting: true }),
      ]);
    });
  });
}

function idOf(n: number): string {
  return String(n).padStart(32, '0');
}

function image(project: string, n: number): TestImage {
  return {
    project,
    key: `key-${n}.png`,
    visibility: 'private',
    type: 'image/png',
    size: n * 100,
    width: 10,
    height: 10,
    frames: 1,
    hasAlpha: false,
    blurhash: 'L00000',
    sha256: String(n).repeat(64),
    objectId: idOf(n),
    fileName: null,
    createdAt: n,
  };
}
