import { beforeEach, describe, expect, it } from 'vitest';
import { address, BY, type ImageRecordsSetup, newImage, row } from './image-rows.js';

/** The part of the suite about `setFocus`; the project `my-app` is there, without images. */
export function declareImageFocus(setup: () => ImageRecordsSetup): void {
  describe('setFocus', () => {
    const first = newImage('my-app', 1);
    const second = newImage('my-app', 2);
    const find = async (image = first) => (await setup().images.find(image))?.image ?? null;

    beforeEach(async () => {
      await setup().images.insert(first);
      await setup().images.insert(second);
    });

    it('keeps what was found, of each kind, for every process', async () => {
      const auto = { x: 0.1, y: 2 / 3 };
      await setup().images.setFocus(first, 'auto', auto);
      expect(await find()).toEqual(row(first, { focus: { auto } }));
      const face = { x: 0, y: 1 };
      await setup().other.setFocus(first, 'face', face);
      expect(await find()).toEqual(row(first, { focus: { auto, face } }));
      expect((await setup().other.find(first))?.image).toEqual(await find());
    });

    it('keeps that nothing was found apart from that nobody sought', async () => {
      await setup().images.setFocus(first, 'face', null);
      expect((await find())?.focus).toStrictEqual({ face: null });
      await setup().images.setFocus(first, 'auto', null);
      expect((await find())?.focus).toStrictEqual({ auto: null, face: null });
    });

    it('keeps the latest', async () => {
      for (const focus of [null, { x: 0.5, y: 0.5 }, { x: 0.25, y: 0.75 }]) {
        await setup().images.setFocus(first, 'auto', focus);
        expect((await find())?.focus).toStrictEqual({ auto: focus });
      }
    });

    it('is no change of the image, and touches no other', async () => {
      await setup().images.setVisibility(first, 'private', BY);
      await setup().images.setFocus(first, 'auto', { x: 0.5, y: 0.5 });
      const { version, visibility } = (await find()) ?? {};
      expect({ version, visibility }).toEqual({ version: 2, visibility: 'private' });
      expect(await find(second)).toEqual(row(second));
      expect(await setup().usedBytes('my-app')).toBe(first.size + second.size);
    });

    it('is given by every method that gives the image', async () => {
      const focus = { auto: { x: 0.5, y: 0.125 }, face: null };
      await setup().images.setFocus(first, 'auto', focus.auto);
      await setup().images.setFocus(first, 'face', focus.face);
      const { images } = await setup().images.list('my-app', { limit: 10 });
      expect(images).toEqual([row(second), row(first, { focus })]);
      const flipped = row(first, { focus, visibility: 'private', version: 2 });
      expect(await setup().images.setVisibility(first, 'private', BY)).toEqual(flipped);
      expect(await setup().images.remove(first, BY)).toEqual(flipped);
    });

    it('is ignored where there is no image', async () => {
      await setup().makeProject('other-app');
      for (const nobody of [address('my-app', 3), address('other-app', 1), address('gone', 1)]) {
        await setup().images.setFocus(nobody, 'auto', { x: 0.5, y: 0.5 });
        expect(await setup().images.find(nobody)).toBeNull();
      }
      expect(await find()).toEqual(row(first));
    });
  });
}
