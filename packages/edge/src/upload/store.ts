import { makeKey, type Visibility } from '@auraimage/protocol';
import { EdgeError } from '../errors.js';
import type { EdgePorts, ImageRecord, NewImage, ObjectDraft } from '../ports.js';
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
  try {
    const outcome = await images.insert(image);
    if (outcome === 'quota_exceeded') throw new EdgeError('quota_exceeded');
    if (outcome === 'project_missing') throw new EdgeError('upload_token_invalid');
  } catch (error) {
    await objects.remove(objectId);
    throw error;
  }
  return { ...image, version: 1, focus: {}, linksRevokedAt: null };
}
