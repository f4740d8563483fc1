import { ApiError } from '@auraimage/http';
import {
  type ChangeOrigin,
  type ImageRecord,
  type Inspection,
  type NewImage,
  type ObjectDraft,
  StorageFullError,
} from '@auraimage/ports';
import type { UploadClaims } from '@auraimage/protocol';
import type { EdgePorts } from '../ports.js';
import { keptFileName, makeKey } from './file-name.js';

export type InspectedImage = Extract<Inspection, { ok: true }>;

export interface StoreRequest {
  readonly project: string;
  readonly projectId: string;
  /** As the client sent it. */
  readonly filename: string;
  readonly name: UploadClaims['name'] | undefined;
  readonly visibility: UploadClaims['visibility'] | undefined;
  readonly metadata: UploadClaims['metadata'] | undefined;
  /** Who uploads, for the audit entry. */
  readonly origin: ChangeOrigin;
  /** Whether an image that has the name is replaced. */
  readonly overwrite: boolean;
  readonly inspected: InspectedImage;
}

/** A stored image, and the object that it replaced. */
export interface Stored {
  readonly image: ImageRecord;
  readonly replacedObjectId: string | null;
}

/**
 * Makes the image durable: first the object, then its row. A crash in between leaves an orphan object, never a
 * row without its object.
 *
 * @throws {ApiError} `name_taken`, `name_reserved`, `quota_exceeded`, or `upload_token_invalid` when the project was
 *   deleted meanwhile, also if its name belongs to another one
 */
export async function store(
  { images, objects, clock }: Pick<EdgePorts, 'images' | 'objects' | 'clock'>,
  draft: ObjectDraft,
  {
    project,
    projectId,
    filename,
    name,
    visibility,
    metadata,
    origin,
    overwrite,
    inspected,
  }: StoreRequest,
): Promise<Stored> {
  const { type, width, height, frames, hasAlpha, blurhash } = inspected;
  const { id: objectId, size, sha256 } = await draft.commit();
  const image: NewImage = {
    project,
    projectId,
    key: name ?? makeKey(filename, type),
    ...(visibility === undefined ? {} : { visibility }),
    ...(metadata === undefined ? {} : { metadata }),
    fileName: keptFileName(filename),
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
    uploadedBy: origin,
  };
  try {
    const outcome = await images.insert(image, overwrite ? origin : undefined);
    if (typeof outcome === 'object') {
      return { image: outcome.image, replacedObjectId: outcome.replaced?.objectId ?? null };
    }
    throw new ApiError(outcome === 'project_missing' ? 'upload_token_invalid' : outcome);
  } catch (error) {
    if (error instanceof ApiError || error instanceof StorageFullError) {
      await objects.remove(objectId).catch(() => {}); // an orphan then; the client needs the first error
    } else {
      const committed = await findCommitted(images, image);
      // The replaced object is unknown now. It is an orphan that `aura-server sweep` finds.
      if (committed !== null) return { image: committed, replacedObjectId: null };
    }
    throw error;
  }
}

/**
 * The record, if it was committed although `insert` failed. `null` is not certain: the database may still commit
 * it after the connection has broken. The object must therefore stay, at worst as an orphan.
 */
async function findCommitted(
  images: Pick<EdgePorts['images'], 'find'>,
  image: NewImage,
): Promise<ImageRecord | null> {
  try {
    const found = await images.find(image);
    return found?.image.objectId === image.objectId ? found.image : null;
  } catch {
    return null;
  }
}
