import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ImageRecord, InvalidCursorError } from '../index.js';
import { address, BY, type ImageRecordsSetup, newImage, row, STRANGE_TEXTS } from './image-rows.js';

/** The part of the suite about `list`; the project `my-app` is there, without images. */
export function declareImagePages(setup: () => ImageRecordsSetup): void {
  const list = (limit: number, cursor?: string) =>
    setup().images.list('my-app', { limit, ...(cursor === undefined ? {} : { cursor }) });

  const insert = async (...numbers: number[]) => {
    for (const n of numbers) await setup().images.insert(newImage('my-app', n));
  };

  /** Every page, and every image on them. */
  const listAll = async (limit: number) => {
    const pages: (readonly ImageRecord[])[] = [];
    let cursor: string | null | undefined;
    while (cursor !== null) {
      const page = await list(limit, cursor);
      pages.push(page.images);
      cursor = page.cursor;
    }
    return { pages, images: pages.flat() };
  };

  describe('list', () => {
    it('is empty where there is nothing to list', async () => {
      const nothing = { images: [], cursor: null };
      expect(await list(10)).toEqual(nothing);
      for (const text of STRANGE_TEXTS) {
        expect(await setup().images.list(text, { limit: 10 }), text).toEqual(nothing);
      }
    });

    it('gives the newest first, whatever their order of arrival', async () => {
      await insert(3, 1, 2);
      const expected = [3, 2, 1].map((n) => row(newImage('my-app', n)));
      expect(await list(10)).toEqual({ images: expected, cursor: null });
    });

    it('keeps to one project', async () => {
      await setup().makeProject('other-app');
      await insert(1);
      await setup().images.insert(newImage('other-app', 2));
      expect((await list(10)).images).toEqual([row(newImage('my-app', 1))]);
    });

    it.each([
      [1, [1, 1, 1, 1, 1, 1]],
      [2, [2, 2, 2]],
      [4, [4, 2]],
      [5, [5, 1]],
      [6, [6]],
      [1000, [6]],
    ])('pages by %i, with no cursor after the last', async (limit, lengths) => {
      await insert(1, 2, 3, 4, 5, 6);
      const { pages, images } = await listAll(limit);
      expect(pages.map(({ length }) => length)).toEqual(lengths);
      expect(images).toEqual([6, 5, 4, 3, 2, 1].map((n) => row(newImage('my-app', n))));
    });

    it('gives each image once where many were made in the same millisecond', async () => {
      const numbers = Array.from({ length: 25 }, (_, n) => n);
      for (const n of numbers) {
        await setup().images.insert(newImage('my-app', n, { createdAt: n < 20 ? 1000 : 2000 }));
      }
      const { images } = await listAll(3);
      expect(images.map(({ createdAt }) => createdAt)).toEqual([
        ...Array.from({ length: 5 }, () => 2000),
        ...Array.from({ length: 20 }, () => 1000),
      ]);
      expect(images.map(({ key }) => key).sort()).toEqual(
        numbers.map((n) => address('my-app', n).key),
      );
    });

    it('goes on where the page before ended, whatever came and went meanwhile', async () => {
      await insert(1, 2, 3, 4, 5);
      const { images, cursor } = await list(2);
      expect(images.map(({ key }) => key)).toEqual([5, 4].map((n) => address('my-app', n).key));
      await insert(6);
      await setup().images.remove(address('my-app', 4), BY);
      await setup().images.remove(address('my-app', 2), BY);
      const next = await setup().other.list('my-app', { limit: 2, cursor: cursor ?? '' });
      expect(next.images.map(({ key }) => key)).toEqual(
        [3, 1].map((n) => address('my-app', n).key),
      );
      expect(next.cursor).toBeNull();
    });

    it('refuses every text that is no cursor of its own', async () => {
      await insert(1, 2);
      const cursor = (await list(1)).cursor ?? '';
      expect((await list(1, cursor)).images).toEqual([row(newImage('my-app', 1))]);
      const others = [
        ...['', ' ', 'null', '0', '{}', '2', address('my-app', 1).key, 'x'.repeat(10_000)],
        ...[` ${cursor}`, `${cursor} `, `${cursor}=`, `${cursor}!`, `!${cursor}`, `${cursor}\n`],
        ...[cursor.slice(0, 5), cursor.slice(3), cursor + cursor, `${cursor}.${cursor}`],
      ];
      for (const text of others) {
        await expect(list(1, text), text).rejects.toThrow(InvalidCursorError);
      }
      await fc.assert(
        fc.asyncProperty(fc.string({ unit: 'binary' }), async (text) => {
          await expect(list(1, text)).rejects.toThrow(InvalidCursorError);
        }),
      );
    });
  });
}
