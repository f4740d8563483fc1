import { ApiError } from '@auraimage/http';
import type { ByteRange, ImageRecord, ObjectBody } from '@auraimage/ports';
import type { EdgePorts } from '../ports.js';
import { createFlights, type Flights } from '../variants/flights.js';
import { keep } from '../variants/store.js';
import { bytesBody, collect, partOf } from './body.js';
import { locate } from './locate.js';
import type { CacheOutcome, Representation } from './representation.js';
import { type CacheControl, serverTiming } from './respond.js';

/** Name of a master among the entries of the edge cache. */
const MASTER = 'master';
/** Largest master that the edge cache keeps, in bytes: a larger one is as quick from the store. */
const MAX_KEPT_BYTES = 1024 * 1024;

type Ports = Pick<EdgePorts, 'cache' | 'objects' | 'images'>;

/** Masters as they were uploaded. Their bytes never change, so their entity tags are those of the images. */
export interface Masters {
  /** @param started `performance.now()` at the request's arrival */
  of(image: ImageRecord, started: number): Representation;
}

export function createMasters(ports: Ports, cacheControl: CacheControl): Masters {
  const flights = createFlights<Uint8Array<ArrayBuffer>>();
  return {
    of(image, started) {
      const isPublic = image.visibility === 'public';
      return {
        etag: `"${image.sha256}"`,
        type: image.type,
        length: image.size,
        fields: { 'Cache-Control': cacheControl(image) },
        async outcome() {
          if (!isPublic) return 'BYPASS';
          return (await ports.cache.get(image.objectId, MASTER)) === null ? 'MISS' : 'HIT';
        },
        read: (range) =>
          isPublic
            ? readThroughCache(ports, flights, image, range)
            : readPrivate(ports, image, range),
        timing: (outcome) => serverTiming(outcome, performance.now() - started),
      };
    },
  };
}

type Part = Promise<{ readonly body: ObjectBody; readonly outcome: CacheOutcome }>;

async function readPrivate(ports: Ports, image: ImageRecord, range: ByteRange): Part {
  return { body: await readOrigin(ports, image, range), outcome: 'BYPASS' };
}

/** A master's bytes from the object store: the only source for private images. */
export async function readOrigin(
  { objects, images }: Pick<EdgePorts, 'objects' | 'images'>,
  image: ImageRecord,
  range: ByteRange = { start: 0, length: image.size },
): Promise<ObjectBody> {
  const body = await objects.read(image.objectId, range).catch((cause: unknown) => {
    throw unavailable(cause);
  });
  if (body !== null) return body;
  throw await lost(images, image, new Error(`object ${image.objectId} is missing from the store`));
}

/** What to answer where a master's bytes cannot be had: 404 when it was deleted since its row was read. */
export async function lost(
  images: EdgePorts['images'],
  image: ImageRecord,
  cause: unknown,
): Promise<ApiError> {
  await locate(images, image);
  return unavailable(cause);
}

/**
 * A public master's bytes through the edge cache, which keeps what fits into it whole. Requests that miss
 * it together share one reading.
 */
async function readThroughCache(
  ports: Ports,
  flights: Flights<Uint8Array<ArrayBuffer>>,
  image: ImageRecord,
  range: ByteRange,
): Part {
  const { cache } = ports;
  const { objectId, size } = image;
  const kept = await cache.get(objectId, MASTER);
  if (kept !== null) return { body: partOf(kept, range), outcome: 'HIT' };
  if (size > Math.min(MAX_KEPT_BYTES, cache.maxEntryBytes)) {
    return { body: await readOrigin(ports, image, range), outcome: 'MISS' };
  }
  const bytes = await flights.join(`${objectId}/${image.version}`, NEVER, async () => {
    const whole = await collect(await readOrigin(ports, image));
    await keep(cache, ports.images, image, MASTER, whole);
    return whole;
  });
  return { body: partOf(bytesBody(bytes), range), outcome: 'MISS' };
}

/** Reading a file of a megabyte is not worth stopping. */
const NEVER = new AbortController().signal;

function unavailable(cause: unknown): ApiError {
  return new ApiError('storage_unavailable', { cause, retryAfterSeconds: 5 });
}
