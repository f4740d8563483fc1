import { describe, expect, it } from 'vitest';
import { HOSTILE_TEXTS } from './fixtures.js';
import { address, type ImageRecordsSetup, newImage, ORIGIN, row } from './image-fixtures.js';

const READS = 120;
/** More are in the tests of flips with load: tests/heavy and tests/cluster. */
const FLIPS = 12;
const READERS = 6;

/** The part of the `ImageRecords` suite about concurrency. Reads use both connections, changes one at a time. */
export function declareImageConcurrency(setup: () => ImageRecordsSetup): void {
  describe('concurrency', () => {
    const both = (n: number) => (n % 2 === 0 ? setup().images : setup().other);

    it('every read gets its own record, or none', async () => {
      const images = Array.from({ length: 20 }, (_, n) => newImage('my-app', n));
      for (const image of images) await setup().images.insert(image);
      const asked = Array.from({ length: READS }, (_, n) => {
        if (n % 7 === 0) return { project: 'my-app', key: HOSTILE_TEXTS[n % 11] ?? '{",\\}' };
        return address(n % 5 === 0 ? 'no-app' : 'my-app', n % 25);
      });
      const found = await Promise.all(asked.map((one, n) => both(n).find(one)));
      const expected = asked.map(({ project, key }) => {
        const image = images.find((one) => one.project === project && one.key === key);
        return image === undefined ? null : row(image);
      });
      expect(found.map((one) => one?.image ?? null)).toEqual(expected);
    });

    it('a read after a committed flip sees it, during other reads', async () => {
      const image = newImage('my-app', 1);
      await setup().images.insert(image);
      let flipping = true;
      const reader = async (n: number) => {
        while (flipping) await both(n).find(image);
      };
      const readers = Array.from({ length: READERS }, (_, n) => reader(n));
      try {
        for (let n = 0; n < FLIPS; n++) {
          const visibility = n % 2 === 0 ? 'private' : 'public';
          await both(n % 3).setVisibility(image, visibility, ORIGIN);
          const seen = await Promise.all([setup().images.find(image), setup().other.find(image)]);
          expect(seen.map((one) => one?.image.visibility)).toEqual([visibility, visibility]);
        }
      } finally {
        flipping = false;
        await Promise.all(readers);
      }
    });

    it('inserts fill the quota exactly', async () => {
      await setup().makeProject('small-app', { quotaBytes: 1000 });
      const outcomes = await Promise.all(
        Array.from({ length: 40 }, (_, n) => setup().images.insert(newImage('small-app', n))),
      );
      expect(outcomes.filter((outcome) => typeof outcome === 'object')).toHaveLength(10);
      expect(await setup().usedBytes('small-app')).toBe(1000);
      expect(await setup().imageCount('small-app')).toBe(10);
    });

    it('concurrent changes of one image all apply', async () => {
      const image = newImage('my-app', 1);
      await setup().images.insert(image);
      await Promise.all(
        Array.from({ length: 20 }, (_, n) => [
          setup().images.setVisibility(image, n % 4 < 2 ? 'private' : 'public', ORIGIN),
          setup().images.revokeLinks(image, 1000 + n, ORIGIN),
          setup().images.setFocus(image, 'auto', { x: 0.5, y: 0.25 }),
        ]).flat(),
      );
      const kept = (await setup().images.find(image))?.image;
      expect(kept).toMatchObject({ linksRevokedAt: 1019, focus: { auto: { x: 0.5, y: 0.25 } } });
      // Version 1 is public, and every further version is a change.
      expect(kept?.visibility).toBe((kept?.version ?? 0) % 2 === 1 ? 'public' : 'private');
    });
  });
}
