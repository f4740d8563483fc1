import { beforeEach, describe, expect, it } from 'vitest';
import { BY, type ImageRecordsSetup, newImage, row } from './image-rows.js';

/** The part of the suite about a project that is being deleted. */
export function declareImageDeletion(setup: () => ImageRecordsSetup): void {
  describe('of a project that is being deleted', () => {
    const first = newImage('old-app', 1);
    const other = newImage('my-app', 1);

    beforeEach(async () => {
      await setup().makeProject('old-app');
      await setup().images.insert(first);
      await setup().images.insert(other);
      await setup().other.find(first);
      await setup().images.find(first);
      await setup().beginDeletion('old-app');
    });

    it('are not found, by any process', async () => {
      expect(await setup().images.find(first)).toBeNull();
      expect(await setup().other.find(first)).toBeNull();
    });

    it('are not listed, whatever is asked for', async () => {
      const nothing = { images: [], cursor: null };
      const { sha256, visibility } = first;
      for (const filter of [{}, { sha256 }, { visibility }, { keyPart: 'photo' }]) {
        expect(await setup().images.list('old-app', { limit: 10, ...filter })).toEqual(nothing);
      }
    });

    it('take no change', async () => {
      expect(await setup().images.setVisibility(first, 'private', BY)).toBeNull();
      expect(await setup().images.revokeLinks(first, 1, BY)).toBeNull();
      expect(await setup().images.remove(first, BY)).toBeNull();
      await setup().images.setFocus(first, 'auto', { x: 0.5, y: 0.5 });
      expect(await setup().images.find(first)).toBeNull();
    });

    it('get no more', async () => {
      expect(await setup().images.insert(newImage('old-app', 2))).toBe('project_missing');
      expect(await setup().other.insert(newImage('old-app', 3))).toBe('project_missing');
    });

    it('leave other projects as they are', async () => {
      expect((await setup().images.find(other))?.image).toEqual(row(other));
      expect(await setup().images.insert(newImage('my-app', 2))).toBe('inserted');
      expect((await setup().images.list('my-app', { limit: 10 })).images).toHaveLength(2);
    });
  });
}
