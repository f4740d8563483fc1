import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { type ImageQuery, type ImageRecord, InvalidCursorError } from '../index.js';
import { HOSTILE_TEXTS } from './fixtures.js';
import {
  address,
  type ImageRecordsSetup,
  newImage,
  ORIGIN,
  row,
  type TestImages,
} from './image-fixtures.js';

/** The part of the `ImageRecords` suite about lists. The project `my-app` exists, without images. */
export function declareImageList(setup: () => ImageRecordsSetup): void {
  declareImagePages(setup);
  declareImageFilters(setup);
}

function declareImagePages(setup: () => ImageRecordsSetup): void {
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
    it('is empty without images', async () => {
      const nothing = { images: [], cursor: null };
      expect(await list(10)).toEqual(nothing);
      for (const text of HOSTILE_TEXTS) {
        expect(await setup().images.list(text, { limit: 10 }), text).toEqual(nothing);
      }
    });

    it('lists the newest first, whatever the order of insertion', async () => {
      await insert(3, 1, 2);
      const expected = [3, 2, 1].map((n) => row(newImage('my-app', n)));
      expect(await list(10)).toEqual({ images: expected, cursor: null });
    });

    it('lists the images of one project only', async () => {
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

    it('lists each image once among many of the same millisecond', async () => {
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

    it('continues after the previous page, whatever was inserted or removed since', async () => {
      await insert(1, 2, 3, 4, 5);
      const { images, cursor } = await list(2);
      expect(images.map(({ key }) => key)).toEqual([5, 4].map((n) => address('my-app', n).key));
      await insert(6);
      await setup().images.remove(address('my-app', 4), ORIGIN);
      await setup().images.remove(address('my-app', 2), ORIGIN);
      const next = await setup().other.list('my-app', { limit: 2, cursor: cursor ?? '' });
      expect(next.images.map(({ key }) => key)).toEqual(
        [3, 1].map((n) => address('my-app', n).key),
      );
      expect(next.cursor).toBeNull();
    });

    it('rejects every text that is no cursor', async () => {
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
      // With a unit of 'binary', every process would fill a table of all characters first.
      const character = fc
        .oneof(fc.nat(0xd7ff), fc.integer({ min: 0xe000, max: 0x10ffff }))
        .map((codePoint) => String.fromCodePoint(codePoint));
      const anyText = fc.string({ unit: character });
      await fc.assert(
        fc.asyncProperty(anyText, async (text) => {
          await expect(list(1, text)).rejects.toThrow(InvalidCursorError);
        }),
      );
    });
  });
}

type Filter = Omit<ImageQuery, 'limit' | 'cursor'>;

const SUNSET = 'sunset-2-0.jpg';
const SUNSET_FILE = 'Größe, Sunset 2.0 灯泡.JPG';

function declareImageFilters(setup: () => ImageRecordsSetup): void {
  describe('list with a filter', () => {
    const key = (n: number) =>
      n % 3 === 0 ? `${String(n).padStart(10, '0')}-${SUNSET}` : address('my-app', n).key;
    const shared = 'a'.repeat(64);

    /** Twelve images: every second private, every third a sunset, every fourth of the same bytes. */
    beforeEach(async () => {
      await setup().makeProject('other-app');
      for (let n = 1; n <= 12; n++) {
        const image = newImage('my-app', n, {
          key: key(n),
          visibility: n % 2 === 0 ? 'private' : 'public',
          ...(n % 3 === 0 ? { fileName: SUNSET_FILE } : {}),
          ...(n % 4 === 0 ? { sha256: shared } : {}),
        });
        await setup().images.insert(image);
        await setup().images.insert({ ...image, project: 'other-app', objectId: `other ${n}` });
      }
    });

    /** The numbers of all that is listed, page by page. */
    const numbers = async (filter: Filter, limit = 5, images: TestImages = setup().images) => {
      const found: string[] = [];
      let cursor: string | null = null;
      do {
        const from: { cursor?: string } = cursor === null ? {} : { cursor };
        const page = await images.list('my-app', { limit, ...filter, ...from });
        found.push(...page.images.map((image) => image.key));
        cursor = page.cursor;
      } while (cursor !== null);
      return found.map((name) => Number(name.slice(0, 10)));
    };

    it.each<[string, Filter, number[]]>([
      ['by public', { visibility: 'public' }, [11, 9, 7, 5, 3, 1]],
      ['by private', { visibility: 'private' }, [12, 10, 8, 6, 4, 2]],
      ['by part of the name', { search: 'sunset' }, [12, 9, 6, 3]],
      ['by letter of the name', { search: 'u' }, [12, 9, 6, 3]],
      ['by end of the name', { search: '2-0.jpg' }, [12, 9, 6, 3]],
      ['by the file name', { search: 'sunset 2.0 ' }, [12, 9, 6, 3]],
      ['by other letters of the file name', { search: 'GRÖSSE'.replace('SS', 'ß') }, [12, 9, 6, 3]],
      ['by decomposed letters of the file name', { search: 'gro\u0308ß' }, [12, 9, 6, 3]],
      ['by ideographs of the file name', { search: '灯' }, [12, 9, 6, 3]],
      ['by the name with a space and an accent', { search: ' Sünset 2' }, [12, 9, 6, 3]],
      ['by a few characters before the name', { search: '00000' }, []],
      ['by the middle before the name', { search: '000012' }, []],
      ['by prefix of the key', { search: '000000000' }, [9, 8, 7, 6, 5, 4, 3, 2, 1]],
      ['by whole key', { search: key(7) }, [7]],
      ['by hash', { sha256: shared }, [12, 8, 4]],
      ['by two filters', { visibility: 'private', search: 'sunset' }, [12, 6]],
      ['by three filters', { visibility: 'private', search: 'sunset', sha256: shared }, [12]],
      ['without a match', { visibility: 'public', sha256: shared }, []],
    ])(
      '%s lists the matches, newest first, in pages of any length',
      async (_, filter, expected) => {
        for (const limit of [1, 2, 5, 1000]) {
          expect(await numbers(filter, limit), `${limit} a page`).toEqual(expected);
        }
        expect(await numbers(filter, 5, setup().other)).toEqual(expected);
      },
    );

    it('matches a part of the name literally', async () => {
      const patterns = [
        '%',
        '_',
        '\\',
        '.%',
        'sunset_',
        's%t',
        '*',
        '?',
        '[0-9]',
        "'",
        '"',
        '\0',
        '\n\n',
      ];
      for (const search of [...patterns, '000000000%', '  ', 'mу']) {
        expect(await numbers({ search }), search).toEqual([]);
      }
      expect(await numbers({ search: '2.0' })).toEqual([12, 9, 6, 3]);
      expect(await numbers({ search: '200' })).toEqual([]);
    });

    it('finds nothing by an unknown hash', async () => {
      for (const sha256 of ['b'.repeat(64), 'a'.repeat(63), `${'a'.repeat(63)}%`, '']) {
        expect(await numbers({ sha256 }), sha256).toEqual([]);
      }
    });

    it('rejects a search or a limit out of bounds', async () => {
      const list = (query: ImageQuery) => setup().images.list('my-app', query);
      for (const search of ['', 'x'.repeat(65)]) {
        await expect(list({ limit: 5, search }), search).rejects.toThrow(RangeError);
      }
      for (const limit of [0, -1, 1001, 1.5, Number.NaN]) {
        await expect(list({ limit }), `${limit}`).rejects.toThrow(RangeError);
      }
      expect((await list({ limit: 5, search: 'x'.repeat(64) })).images).toEqual([]);
    });

    it('follows a change of visibility', async () => {
      await setup().images.setVisibility({ project: 'my-app', key: key(11) }, 'private', ORIGIN);
      expect(await numbers({ visibility: 'public' })).toEqual([9, 7, 5, 3, 1]);
      expect(await numbers({ visibility: 'private' })).toEqual([12, 11, 10, 8, 6, 4, 2]);
    });
  });
}
