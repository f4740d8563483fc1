import type { DerivedSide, ImageVersion } from '@auraimage/ports';
import type { EdgePorts } from './ports.js';
import { isStaleName } from './render/spec.js';

/** Objects that are compared with the database in one query. */
const BATCH = 200;

/**
 * Removes the derived bytes of this process that are not current: those of deleted and replaced images, of
 * projects that are being deleted, from before a flip, and of an earlier engine. Other processes delete and flip
 * images without a message to this one, so the database is asked about every object. No request reaches such
 * bytes in any case.
 *
 * If an image is flipped during the comparison, bytes of its new version may be removed as well. They are made
 * again.
 */
export function createCacheSweep({
  images,
  derived,
  engine,
}: Pick<EdgePorts, 'images' | 'derived' | 'engine'>): (signal: AbortSignal) => Promise<void> {
  const removeAll = async (
    side: DerivedSide,
    objectId: string,
    isStale: (name: string) => boolean,
  ): Promise<void> => {
    for (const name of await side.names(objectId, '')) {
      if (isStale(name)) await side.remove(objectId, name, 'stale');
    }
  };

  const removeStale = async (image: ImageVersion): Promise<void> => {
    const { objectId, visibility } = image;
    await removeAll(derived[visibility === 'public' ? 'private' : 'public'], objectId, () => true);
    await removeAll(derived[visibility], objectId, (name) =>
      isStaleName(name, image, engine.version),
    );
  };

  return async (signal) => {
    for await (const objectIds of derived.objects(BATCH)) {
      if (signal.aborted) return;
      const found = await images.versionsOf(objectIds);
      const versions = new Map(found.map((image) => [image.objectId, image]));
      for (const objectId of objectIds) {
        const image = versions.get(objectId);
        await (image === undefined ? derived.drop(objectId) : removeStale(image));
      }
    }
  };
}
