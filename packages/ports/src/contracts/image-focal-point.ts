import { beforeEach, describe, expect, it } from 'vitest';
import { address, type ImageRecordsSetup, newImage, ORIGIN, row } from './image-fixtures.js';

/** The part of the `ImageRecords` suite about the point that an owner chooses. The project `my-app` exists. */
export function declareImageFocalPoint(setup: () => ImageRecordsSetup): void {
  describe('setFocalPoint', () => {
    const image = newImage('my-app', 1);
    const point = { x: 0.3, y: 0.0001 };
    const find = async () => (await setup().images.find(image))?.image ?? null;

    beforeEach(async () => {
      await setup().images.insert(image);
      await setup().other.find(image);
    });

    it('sets, changes and removes the point, in every process, with an audit entry for each change', async () => {
      const { images, other, audit, accountId } = setup();
      const points = [point, point, { x: 1, y: 0 }, null, null];
      const changes = [1, 1, 2, 3, 3];
      for (const [n, focalPoint] of points.entries()) {
        const changed = row(image, { focalPoint, focalPointChanges: changes[n] ?? 0 });
        expect(await images.setFocalPoint(image, focalPoint, ORIGIN)).toEqual(changed);
        expect(await find()).toEqual(changed);
        expect((await other.find(image))?.image).toEqual(changed);
      }
      const { entries } = await audit.list({ accountId, limit: 10 });
      const own = entries.filter(({ action }) => action === 'image.focus_changed');
      expect(own.map(({ details }) => details)).toEqual([
        { from: '1, 0', to: null },
        { from: '0.3, 0.0001', to: '1, 0' },
        { from: null, to: '0.3, 0.0001' },
      ]);
      expect(own[0]).toMatchObject({ ...ORIGIN, project: 'my-app', target: image.key });
    });

    it('is part of every returned record, and is kept by every change but of the bytes', async () => {
      const { images } = setup();
      await images.setFocalPoint(image, point, ORIGIN);
      await images.setFocus(image, 'auto', { x: 0.5, y: 0.5 });
      const focus = { auto: { x: 0.5, y: 0.5 } };
      const chosen = { focalPoint: point, focalPointChanges: 1, focus };
      expect((await images.list('my-app', { limit: 5 })).images).toEqual([row(image, chosen)]);
      const folder = await images.listFolder('my-app', { limit: 5, prefix: '', grouped: false });
      expect(folder.images).toEqual([row(image, chosen)]);
      const flipped = row(image, { ...chosen, visibility: 'private', version: 2 });
      expect(await images.setVisibility(image, 'private', ORIGIN)).toEqual(flipped);
      const moved = { ...flipped, key: 'b', version: 3 };
      expect(await images.rename(image, 'b', ORIGIN)).toEqual(moved);
      const next = newImage('my-app', 2, { key: 'b', visibility: 'private' });
      const replaced = row(next, { version: 4, focalPointChanges: 1 });
      expect(await images.insert(next, ORIGIN)).toEqual({ image: replaced, replaced: moved });
      expect(await images.remove(next, ORIGIN)).toEqual(replaced);
    });

    it('changes no other image, and is null for an unknown one', async () => {
      const { images, makeProject, beginDeletion } = setup();
      const second = newImage('my-app', 2);
      await images.insert(second);
      await makeProject('other-app');
      for (const unknown of [address('my-app', 3), address('other-app', 1), address('gone', 1)]) {
        expect(await images.setFocalPoint(unknown, point, ORIGIN)).toBeNull();
      }
      await images.setFocalPoint(second, point, ORIGIN);
      expect(await find()).toEqual(row(image));
      await beginDeletion('my-app');
      expect(await images.setFocalPoint(image, point, ORIGIN)).toBeNull();
    });
  });
}
