import { ApiError } from '@auraimage/http';
import {
  type ImageRecord,
  type NewImage,
  type ObjectDraft,
  StorageFullError,
} from '@auraimage/ports';
import { makeKey, type Visibility } from '@auraimage/protocol';
import type { EdgePorts } from '../ports.js';
import type { InspectedImage } from './inspect.js';

export interface StoreRequest {
  readonly project: string;
  readonly filename: string;
  readonly visibility: Visibility;
  readonly inspected: InspectedImage;
}

/**
 * Makes the image durable: first the object, then its row. A crash in between leaves at worst an
 * object without a row, never a row without its object.
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
      await objects.remove(objectId).catch(() => {}); // an orphan then: the refusal matters more
    } else if (await isThere(images, image)) {
      return record;
    }
    throw error;
  }
}

/**
 * Whether a row was committed whose answer was lost. Where it is not there, it may yet come: a commit can be
 * under way when its connection breaks. So its object is left, at worst as an orphan.
 */
async function isThere(
  images: Pick<EdgePorts['images'], 'find'>,
  image: NewImage,
): Promise<boolean> {
  const found = await images.find(image).catch(() => null);
  return found?.image.objectId === image.objectId;
}
