import { ApiError } from '@auraimage/http';
import {
  type ByteRange,
  bytesBody,
  type DerivedBody,
  type DerivedSide,
  type EncodeWork,
  type ImageRecord,
  type MasterMetadata,
  type ObjectBody,
  type WorkOptions,
} from '@auraimage/ports';
import { CodedError, type MaybePromise } from '@auraimage/protocol';
import type { EdgePorts } from '../ports.js';

/**
 * An image that the access check allowed a request to read. Only such an image has a side of the derived store.
 * Code below the check never gets the store itself, so it cannot look in the wrong side.
 */
export interface ReadableImage {
  readonly image: ImageRecord;
  /** The side with the image's derived bytes. */
  readonly derived: DerivedSide;
  /** Whether the master may be sent with its metadata. */
  readonly masterMetadata: MasterMetadata;
  /** Whether an open preset shows the private image, and no token: nothing else of it may be sent. */
  readonly byOpenPreset?: true;
}

/** Whom a read of an image counts for. That of a private one is signed, unless an open preset shows it. */
export function workOf({ image, byOpenPreset }: ReadableImage, client: string): EncodeWork {
  const { project, objectId, visibility } = image;
  const signed = visibility === 'private' && byOpenPreset !== true;
  return { project, client, image: objectId, signed };
}

/** What the engine's queue needs to know about work on an image. */
export function engineOptionsOf(image: ImageRecord, client = ''): WorkOptions {
  const { project, width, height, frames } = image;
  return { project, client, pixels: width * height * frames };
}

type Ports = Pick<EdgePorts, 'objects' | 'images'>;

/** A master's bytes from the object store. */
export function readMaster(
  { objects, images }: Ports,
  image: ImageRecord,
  range: ByteRange = { start: 0, length: image.size },
): MaybePromise<ObjectBody> {
  try {
    const reading = objects.read(image.objectId, range);
    if (!(reading instanceof Promise) && reading !== null) return reading;
    return orMasterError(images, image, reading);
  } catch (cause) {
    throw unavailable(cause);
  }
}

async function orMasterError(
  images: EdgePorts['images'],
  image: ImageRecord,
  reading: Promise<ObjectBody | null> | null,
): Promise<ObjectBody> {
  let body: ObjectBody | null;
  try {
    body = await reading;
  } catch (cause) {
    throw unavailable(cause);
  }
  if (body !== null) return body;
  const cause = new Error(`object ${image.objectId} is missing from the store`);
  throw await masterError(images, image, cause);
}

/** The image got other bytes since its row was read: the read starts again with its current row. */
export class ReplacedError extends CodedError {
  override readonly name = 'ReplacedError';
  constructor() {
    super('storage_unavailable', 'the image was replaced during the read', {
      retryAfterSeconds: 1,
    });
  }
}

/** The error if a master's bytes cannot be read: 404 if it was deleted since its row was read. */
export async function masterError(
  images: EdgePorts['images'],
  image: ImageRecord,
  cause: unknown,
): Promise<CodedError> {
  const current = await images.find(image);
  if (current === null) return new ApiError('image_not_found');
  return current.image.objectId === image.objectId ? unavailable(cause) : new ReplacedError();
}

function unavailable(cause: unknown): ApiError {
  return new ApiError('storage_unavailable', { cause, retryAfterSeconds: 5 });
}

/**
 * Keeps derived bytes, unless the image was flipped, replaced or deleted in the meantime.
 *
 * @returns whether they are kept
 */
export async function keep(
  images: EdgePorts['images'],
  { image, derived }: ReadableImage,
  name: string,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<boolean> {
  const isCurrent = async () => {
    const now = (await images.find(image))?.image;
    // A name that was deleted and used again starts with the same version.
    return now?.objectId === image.objectId && now.version === image.version;
  };
  if (!(await isCurrent())) return false;
  const kept = await derived.set(image, name, bytes);
  if (await isCurrent()) return kept;
  await derived.remove(image.objectId, name, 'stale');
  return false;
}

/** Derived bytes up to this size are sent from memory. */
const SMALL_BYTES = 1024 * 1024;

/**
 * New derived bytes as a body. Large ones are sent from the file where they are kept: otherwise a client that reads
 * slowly would hold them in memory.
 */
export async function bodyOfNew(
  { image, derived }: ReadableImage,
  name: string,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<DerivedBody> {
  const kept = bytes.length > SMALL_BYTES ? await derived.get(image.objectId, name) : null;
  return kept ?? bytesBody(bytes);
}

/** Reads a body into memory. Call only for small bodies. */
export async function collect(body: ObjectBody): Promise<Uint8Array<ArrayBuffer>> {
  if (body.bytes !== undefined) return body.bytes;
  return new Uint8Array(await new Response(body.stream()).arrayBuffer());
}
