import { ApiError } from '@auraimage/http';
import {
  type ImageRecord,
  type Inspection,
  type NewImage,
  type ObjectDraft,
  StorageFullError,
} from '@auraimage/ports';
import { makeKey, type Visibility } from '@auraimage/protocol';
import type { EdgePorts } from '../ports.js';

export type InspectedImage = Extract<Inspection, { ok: true }>;

export interface StoreRequest {
  readonly project: string;
  readonly filename: string;
  readonly visibility: Visibility;
  readonly inspected: InspectedImage;
}

/**
 * Makes the image durable: first the object, then its row. A crash in between leaves an orphan object, never a
 * row without its object.
 *
 * @throws {ApiError} `quota_exceeded`, or `upload_token_invalid` when the project was deleted meanwhile
 */
export async function store(
  { images, objects, clock }: Pick<EdgePorts, 'images' | 'objects' | 'clock'>,
  draft: ObjectDraft,
  { project, filename, visibility, inspected }: StoreRequest,
): Promise<ImageRecord> {
  const { type, width, height, frames, hasAlpha, blurhash } = inspected;
  const { id: objectId, size, sha256 } = await draft.commit();
  const image: NewImage = {
    project,
    key: makeKey(filename, type),
    visibility,
    type,
    size,
    width,
    height,
    frames,
    hasAlpha,
    blurhash,
    sha256,
    objectId,
    createdAt: clock.now(),
  };
  const record: ImageRecord = { ...image, version: 1, focus: {}, linksRevokedAt: null };
  try {
    const outcome = await images.insert(image);
    if (outcome === 'inserted') return record;
    throw new ApiError(outcome === 'quota_exceeded' ? outcome : 'upload_token_invalid');
  } catch (error) {
    if (error instanceof ApiError || error instanceof StorageFullError) {
      await objects.remove(objectId).catch(() => {}); // an orphan then; the client needs the first error
    } else if (await isCommitted(images, image)) {
      return record;
    }
    throw error;
  }
}

/**
 * Whether the row was committed although `insert` failed. `false` is not certain: the database may still commit
 * it after the connection has broken. The object must therefore stay, at worst as an orphan.
 */
async function isCommitted(
  images: Pick<EdgePorts['images'], 'find'>,
  image: NewImage,
): Promise<boolean> {
  const found = await images.find(image).catch(() => null);
  return found?.image.objectId === image.objectId;
}
