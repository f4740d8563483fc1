import { reprDigest } from '@auraimage/http';
import { type ByteRange, bytesBody, type ImageRecord } from '@auraimage/ports';
import { andThen, type MaybePromise } from '@auraimage/protocol';
import type { EdgeOptions } from '../options.js';
import type { EdgePorts } from '../ports.js';
import { collect, keep, type ReadableImage, readMaster } from '../render/image.js';
import { createSingleFlight } from '../render/single-flight.js';
import {
  type CacheControl,
  type CacheOutcome,
  partOf,
  type Representation,
  type RepresentationPart,
  serverTiming,
} from './respond.js';

/** Name of a public master among its image's derived bytes. */
const MASTER = 'master';
/** Largest master of which a copy is kept, in bytes. The object store serves larger ones as fast. */
const MAX_KEPT_BYTES = 1024 * 1024;

/**
 * The master as it was uploaded. Its bytes never change, so its entity tag is that of the image.
 *
 * @param started `performance.now()` at the request's arrival
 */
export type MasterOf = (readable: ReadableImage, started: number) => Representation;

export function createMasterOf(
  ports: Pick<EdgePorts, 'objects' | 'images'>,
  { maxJoinedMs }: Pick<EdgeOptions, 'maxJoinedMs'>,
  cacheControl: CacheControl,
): MasterOf {
  const singleFlight = createSingleFlight<Uint8Array<ArrayBuffer>>(maxJoinedMs);

  /** From the kept copy, or from the object store. Concurrent misses share one read. */
  async function readPublic(
    readable: ReadableImage,
    range: ByteRange,
  ): Promise<RepresentationPart> {
    const { image, derived } = readable;
    const kept = await derived.get(image.objectId, MASTER);
    if (kept !== null) return { body: partOf(kept, range), outcome: 'HIT' };
    if (image.size > Math.min(MAX_KEPT_BYTES, derived.maxEntryBytes)) {
      return { body: await readMaster(ports, image, range), outcome: 'MISS' };
    }
    const key = `${image.objectId}/${image.version}`;
    // Reading a file of a megabyte is not worth aborting.
    const bytes = await singleFlight.run(key, undefined, async () => {
      const whole = await collect(await readMaster(ports, image));
      await keep(ports.images, readable, MASTER, whole);
      return whole;
    });
    return { body: partOf(bytesBody(bytes), range), outcome: 'MISS' };
  }

  async function outcomeOfPublic({ image, derived }: ReadableImage): Promise<CacheOutcome> {
    return (await derived.get(image.objectId, MASTER)) === null ? 'MISS' : 'HIT';
  }

  /** Always from the object store. */
  const readPrivate = (image: ImageRecord, range: ByteRange): MaybePromise<RepresentationPart> =>
    andThen(readMaster(ports, image, range), (body) => ({ body, outcome: 'BYPASS' }));

  return (readable, started) => {
    const { image } = readable;
    const isPublic = image.visibility === 'public';
    const { etag, digest } = tagsOf(image);
    return {
      etag,
      type: image.type,
      length: image.size,
      digest,
      headers: { 'Cache-Control': cacheControl(image) },
      outcome: () => (isPublic ? outcomeOfPublic(readable) : 'BYPASS'),
      read: (range) => (isPublic ? readPublic(readable, range) : readPrivate(image, range)),
      timing: (outcome) => serverTiming(outcome, performance.now() - started),
    };
  };
}

type Tags = Pick<Representation, 'etag'> & { readonly digest: string };

/** By record: records of frequent reads are kept from one read to the next. */
const known = new WeakMap<ImageRecord, Tags>();

function tagsOf(image: ImageRecord): Tags {
  let tags = known.get(image);
  if (tags === undefined) {
    tags = { etag: `"${image.sha256}"`, digest: reprDigest(image.sha256) };
    known.set(image, tags);
  }
  return tags;
}
