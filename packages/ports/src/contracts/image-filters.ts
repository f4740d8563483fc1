import { beforeEach, describe, expect, it } from 'vitest';
import type { ImageQuery, ImageRecords } from '../index.js';
import { address, BY, type ImageRecordsSetup, newImage } from './image-rows.js';

type Filter = Omit<ImageQuery, 'limit' | 'cursor'>;

const SUNSET = 'sunset-2.0.jpg';

/** The part of the suite about the filters of `list`; the project `my-app` is there, without images. */
export function declareImageFilters(setup: () => ImageRecordsSetup): void {
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
          ...(n % 4 === 0 ? { sha256: shared } : {}),
        });
        await setup().images.insert(image);
        await setup().images.insert({ ...image, project: 'other-app', objectId: `other ${n}` });
      }
    });

    /** The numbers of all that is listed, page by page. */
    const numbers = async (filter: Filter, limit = 5, images: ImageRecords = setup().images) => {
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
      ['of public ones', { visibility: 'public' }, [11, 9, 7, 5, 3, 1]],
      ['of private ones', { visibility: 'private' }, [12, 10, 8, 6, 4, 2]],
      ['of a part of the name', { keyPart: 'sunset' }, [12, 9, 6, 3]],
      ['of a letter of the name', { keyPart: 'u' }, [12, 9, 6, 3]],
      ['of the end of the name', { keyPart: '2.0.jpg' }, [12, 9, 6, 3]],
      ['of a few characters before the name', { keyPart: '00000' }, []],
      ['of the middle before the name', { keyPart: '000012' }, []],
      ['of the beginning of the key', { keyPart: '000000000' }, [9, 8, 7, 6, 5, 4, 3, 2, 1]],
      ['of a whole key', { keyPart: key(7) }, [7]],
      ['of equal bytes', { sha256: shared }, [12, 8, 4]],
      ['of two kinds', { visibility: 'private', keyPart: 'sunset' }, [12, 6]],
      ['of three kinds', { visibility: 'private', keyPart: 'sunset', sha256: shared }, [12]],
      ['that lets nothing through', { visibility: 'public', sha256: shared }, []],
    ])('%s gives what passes it, newest first, whatever the pages', async (_, filter, expected) => {
      for (const limit of [1, 2, 5, 1000]) {
        expect(await numbers(filter, limit), `${limit} a page`).toEqual(expected);
      }
      expect(await numbers(filter, 5, setup().other)).toEqual(expected);
    });

    it('takes a part of the name as it is written', async () => {
      const patterns = ['%', '_', '\\', '.%', 'sunset_', 's%t', '*', '?', '[0-9]', "'", '"', '\0'];
      for (const keyPart of [...patterns, '000000000%', ' ', 'mу']) {
        expect(await numbers({ keyPart }), keyPart).toEqual([]);
      }
      expect(await numbers({ keyPart: '2.0' })).toEqual([12, 9, 6, 3]);
      expect(await numbers({ keyPart: '200' })).toEqual([]);
    });

    it('finds nothing by a hash that no image has', async () => {
      for (const sha256 of ['b'.repeat(64), 'a'.repeat(63), `${'a'.repeat(63)}%`, '']) {
        expect(await numbers({ sha256 }), sha256).toEqual([]);
      }
    });

    it('refuses a part of the key or a limit beyond its bounds', async () => {
      const list = (query: ImageQuery) => setup().images.list('my-app', query);
      for (const keyPart of ['', 'x'.repeat(65)]) {
        await expect(list({ limit: 5, keyPart }), keyPart).rejects.toThrow(RangeError);
      }
      for (const limit of [0, -1, 1001, 1.5, Number.NaN]) {
        await expect(list({ limit }), `${limit}`).rejects.toThrow(RangeError);
      }
      expect((await list({ limit: 5, keyPart: 'x'.repeat(64) })).images).toEqual([]);
    });

    it('follows an image that is flipped', async () => {
      await setup().images.setVisibility({ project: 'my-app', key: key(11) }, 'private', BY);
      expect(await numbers({ visibility: 'public' })).toEqual([9, 7, 5, 3, 1]);
      expect(await numbers({ visibility: 'private' })).toEqual([12, 11, 10, 8, 6, 4, 2]);
    });
  });
}
