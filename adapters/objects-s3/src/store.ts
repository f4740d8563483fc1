import { bytesBody, isObjectId, type ObjectStore } from '@auraimage/ports';
import { openBody } from './body.js';
import type { S3Client } from './client.js';
import { createDraft } from './draft.js';
import { S3Failure } from './failure.js';
import { lookAt } from './get.js';
import { objectKey, removeObject } from './objects.js';
import { asProblem, orUnavailable } from './problem.js';
import { createPutFile } from './put.js';

export interface S3ObjectStoreOptions {
  /** Local folder for uploads that are being inspected. */
  readonly spoolFolder: string;
  /** Size of a part of a large object, in bytes. */
  readonly partBytes: number;
  ping(): Promise<void>;
}

/**
 * Objects of a bucket under `objects/<id>`. An upload is a local file until it is committed. A commit resolves
 * only after the store has confirmed the object.
 */
export function createS3ObjectStore(
  client: S3Client,
  { spoolFolder, partBytes, ping }: S3ObjectStoreOptions,
): ObjectStore {
  const putFile = createPutFile(client, partBytes);
  return {
    create: () => createDraft(client, putFile, spoolFolder),

    async read(id, range) {
      if (!isObjectId(id)) return null;
      const key = objectKey(id);
      if (range.length > 0) return openBody(client, key, range);
      const object = await orUnavailable(lookAt(client, key));
      if (object === null) return null;
      if (range.start <= object.total) return bytesBody(new Uint8Array(0));
      throw asProblem(new S3Failure('InvalidRange', { status: 416, detail: key }));
    },

    async remove(id) {
      if (isObjectId(id)) await orUnavailable(removeObject(client, objectKey(id)));
    },

    ping,
  };
}
