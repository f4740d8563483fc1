import { EdgeError } from '../errors.js';
import type { ByteRange, EdgePorts, ImageRecord, ObjectBody } from '../ports.js';
import { bytesBody, collect, partOf } from './body.js';
import { locate } from './locate.js';

/** Name of a master among the entries of the edge cache. */
export const MASTER = 'master';

export type CacheOutcome = 'HIT' | 'MISS' | 'BYPASS';

/** A master's bytes from the object store: the only source for private images. */
export async function readOrigin(
  { objects, images }: Pick<EdgePorts, 'objects' | 'images'>,
  image: ImageRecord,
  range: ByteRange,
): Promise<ObjectBody> {
  const body = await objects.read(image.objectId, range).catch((cause: unknown) => {
    throw unavailable(cause);
  });
  if (body !== null) return body;
  await locate(images, image); // deleted since its row was read: 404
  throw unavailable(new Error(`object ${image.objectId} is missing from the store`));
}

/** A public master's bytes through the edge cache, which keeps what fits into it whole. */
export async function readThroughCache(
  ports: Pick<EdgePorts, 'cache' | 'objects' | 'images'>,
  image: ImageRecord,
  range: ByteRange,
): Promise<{ readonly body: ObjectBody; readonly outcome: 'HIT' | 'MISS' }> {
  const { cache } = ports;
  const kept = await cache.get(image.objectId, MASTER);
  if (kept !== null) return { body: await partOf(kept, range), outcome: 'HIT' };
  if (image.size > cache.maxEntryBytes) {
    return { body: await readOrigin(ports, image, range), outcome: 'MISS' };
  }
  const whole = await readOrigin(ports, image, { start: 0, length: image.size });
  const bytes = await collect(whole);
  await cache.set(image.objectId, MASTER, bytes);
  return { body: await partOf(bytesBody(bytes), range), outcome: 'MISS' };
}

function unavailable(cause: unknown): EdgeError {
  return new EdgeError('storage_unavailable', { cause, headers: { 'Retry-After': '5' } });
}
