import { beforeEach, describe, expect, it } from 'vitest';
import { address, BY, type ImageRecordsSetup, newImage, row } from './image-rows.js';

const SECOND = 1_900_000_000;

/** The part of the suite about `revokeLinks`; the project `my-app` is there, without images. */
export function declareImageLinks(setup: () => ImageRecordsSetup): void {
  describe('revokeLinks', () => {
    const first = newImage('my-app', 1, { visibility: 'private' });
    const second = newImage('my-app', 2);
    const find = async (image = first) => (await setup().images.find(image))?.image ?? null;

    beforeEach(async () => {
      await setup().images.insert(first);
      await setup().images.insert(second);
    });

    it('gives the row as it now is, of the same version, to every process', async () => {
      const revoked = row(first, { linksRevokedAt: SECOND });
      expect((await setup().other.find(first))?.image).toEqual(row(first));
      expect(await setup().images.revokeLinks(first, SECOND, BY)).toEqual(revoked);
      expect(await find()).toEqual(revoked);
      expect((await setup().other.find(first))?.image).toEqual(revoked);
      expect(await find(second)).toEqual(row(second));
    });

    it('only ever moves forwards', async () => {
      await setup().images.revokeLinks(first, SECOND, BY);
      const revoked = row(first, { linksRevokedAt: SECOND });
      for (const before of [0, SECOND - 1, SECOND]) {
        expect(await setup().other.revokeLinks(first, before, BY)).toEqual(revoked);
        expect(await find()).toEqual(revoked);
      }
      const later = row(first, { linksRevokedAt: SECOND + 1 });
      expect(await setup().other.revokeLinks(first, SECOND + 1, BY)).toEqual(later);
      expect(await find()).toEqual(later);
    });

    it('ends at the latest of many at once', async () => {
      const seconds = Array.from({ length: 12 }, (_, n) => SECOND + ((n * 5) % 12));
      await Promise.all(seconds.map((before) => setup().images.revokeLinks(first, before, BY)));
      expect((await find())?.linksRevokedAt).toBe(SECOND + 11);
    });

    it('is null where there is no image, and touches no other', async () => {
      await setup().makeProject('other-app');
      for (const nobody of [address('my-app', 3), address('other-app', 1), address('gone', 1)]) {
        expect(await setup().images.revokeLinks(nobody, SECOND, BY)).toBeNull();
      }
      expect(await find()).toEqual(row(first));
    });

    it('is told by every method that gives the image', async () => {
      await setup().images.revokeLinks(first, SECOND, BY);
      const revoked = { linksRevokedAt: SECOND };
      const { images } = await setup().images.list('my-app', { limit: 10 });
      expect(images).toEqual([row(second), row(first, revoked)]);
      const flipped = row(first, { ...revoked, visibility: 'public', version: 2 });
      expect(await setup().images.setVisibility(first, 'public', BY)).toEqual(flipped);
      expect(await setup().images.setVisibility(first, 'public', BY)).toEqual(flipped);
      expect(await setup().images.remove(first, BY)).toEqual(flipped);
    });

    it('ends with the image', async () => {
      await setup().images.revokeLinks(first, SECOND, BY);
      await setup().images.remove(first, BY);
      const again = { ...first, objectId: 'another' };
      await setup().images.insert(again);
      expect(await find()).toEqual(row(again));
    });
  });
}
