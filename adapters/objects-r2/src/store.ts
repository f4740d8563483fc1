import { bytesBody, isObjectId, makeObjectId, type ObjectStore } from '@auraimage/ports';
import { openBody } from './body.js';
import { objectKey, type R2Bucket } from './bucket.js';
import { createDraft } from './draft.js';
import { inR2, tooShort } from './problem.js';

/** How long a successful write is valid for `ping`: a write is expensive, and /ready is requested often. */
const WRITE_MS = 60_000;

export interface R2ObjectStoreOptions {
  /** Called when an upload that was given up or is complete could not be removed. What is left is removed later. */
  readonly onCleanFailure?: (error: unknown) => void;
}

/**
 * Objects of a bucket of R2 under `objects/<id>`, with the keys and metadata that `objects-s3` writes, so that a server
 * may open the bucket by its S3 API. A commit resolves only after R2 has confirmed the object.
 *
 * An upload holds up to 5 MiB in memory. What its request could not remove of a larger one is listed by
 * `createR2Inventory`, or is an incomplete multipart upload, which R2 removes after a week.
 *
 * @example
 * const objects = createR2ObjectStore(env.MASTERS);
 */
export function createR2ObjectStore(
  bucket: R2Bucket,
  { onCleanFailure = () => {} }: R2ObjectStoreOptions = {},
): ObjectStore {
  let writtenAt = Number.NEGATIVE_INFINITY;
  return {
    create: async () => createDraft(bucket, onCleanFailure),

    async read(id, range) {
      if (!isObjectId(id)) return null;
      const key = objectKey(id);
      if (range.length > 0) return openBody(bucket, key, range);
      const object = await inR2(() => bucket.head(key));
      if (object === null) return null;
      if (range.start <= object.size) return bytesBody(new Uint8Array(0));
      throw tooShort();
    },

    async remove(id) {
      if (isObjectId(id)) await inR2(() => bucket.delete(objectKey(id)));
    },

    async ping() {
      await inR2(() => bucket.head('ping/none'), 0);
      if (Date.now() - writtenAt < WRITE_MS) return;
      const key = `ping/${makeObjectId()}`;
      await inR2(() => bucket.put(key, new Uint8Array(0)), 0);
      await inR2(() => bucket.delete(key), 0);
      writtenAt = Date.now();
    },
  };
}
