import { describe, expect, it } from 'vitest';
import { HOSTILE_TEXTS } from './fixtures.js';
import { type ImageRecordsSetup, newImage, ORIGIN } from './image-fixtures.js';

/** The tests of `versionsOf`, and of the project's setting that comes with an image. */
export function declareImageVersions(setup: () => ImageRecordsSetup): void {
  it('come with the setting of their project about transforms, as of the latest commit', async () => {
    const image = newImage('my-app', 1);
    await setup().images.insert(image);
    const found = async () =>
      Promise.all(
        [setup().images, setup().other].map(
          async (images) => (await images.find(image))?.unsignedTransforms,
        ),
      );
    expect(await found()).toEqual(['any', 'any']);
    for (const to of ['listed', 'any', 'listed'] as const) {
      await setup().changeProject('my-app', { unsignedTransforms: to });
      expect(await found()).toEqual([to, to]);
    }
  });

  describe('versionsOf', () => {
    const first = newImage('my-app', 1);
    const second = newImage('my-app', 2, { visibility: 'private' });
    const idsOf = (...images: (typeof first)[]) => images.map(({ objectId }) => objectId);

    it('returns the current version of each image, also of other projects', async () => {
      await setup().makeProject('other-app');
      const theirs = newImage('other-app', 3);
      for (const image of [first, second, theirs]) await setup().images.insert(image);
      await setup().other.setVisibility(first, 'private', ORIGIN);
      const ids = [...idsOf(theirs, first, second), 'unknown', ...HOSTILE_TEXTS];
      const found = await setup().images.versionsOf(ids);
      expect(found).toHaveLength(3);
      expect(found).toEqual(
        expect.arrayContaining([
          { objectId: first.objectId, visibility: 'private', version: 2 },
          { objectId: second.objectId, visibility: 'private', version: 1 },
          { objectId: theirs.objectId, visibility: 'public', version: 1 },
        ]),
      );
    });

    it('returns nothing of deleted images and of projects that are being deleted', async () => {
      await setup().makeProject('old-app');
      const theirs = newImage('old-app', 3);
      for (const image of [first, second, theirs]) await setup().images.insert(image);
      await setup().other.remove(first, ORIGIN);
      await setup().beginDeletion('old-app');
      const found = await setup().images.versionsOf(idsOf(first, second, theirs));
      expect(found).toEqual([{ objectId: second.objectId, visibility: 'private', version: 1 }]);
    });

    it('takes 1000 ids, or none', async () => {
      await setup().images.insert(first);
      const many = Array.from({ length: 999 }, (_, n) => `unknown${n}`);
      expect(await setup().images.versionsOf([...many, first.objectId])).toHaveLength(1);
      expect(await setup().images.versionsOf([])).toEqual([]);
    });
  });
}
