import type { VariantStore } from '@auraimage/ports';
import { readStored } from './answers.js';
import { openBody } from './body.js';
import type { S3Client, S3Request, SendOptions } from './client.js';
import { isId, isVariantName } from './id.js';
import { listObjects, removeObject } from './objects.js';
import { payloadOf } from './payload.js';
import { orUnavailable } from './problem.js';
import { objectFields } from './put-source.js';
import { createRoom } from './room.js';

export const VARIANTS = 'variants/';
/** Whoever flips or deletes an image waits for its variants to go, and what stays is never read again. */
const REMOVE = { limitMs: 3000 };

/** Variants that take no more room than they may. */
export interface S3VariantStore extends VariantStore {
  /**
   * Bytes that the entries take together, as seen last and with what was written since; `null` before the
   * first look.
   */
  keptBytes(): number | null;
}

/**
 * Variants in the bucket under `variants/<id of the master>/<name>`. What is no object id or no name is
 * never a key: nothing is found under it, and nothing kept.
 */
export function createS3VariantStore(
  client: S3Client,
  maxBytes: number,
  writers = 1,
): S3VariantStore {
  const room = createRoom({ client, keyPrefix: VARIANTS, maxBytes, writers });
  const keyOf = (id: string, name: string): string | null =>
    isId(id) && isVariantName(name) ? `${VARIANTS}${id}/${name}` : null;

  return {
    keptBytes: room.bytes,

    async get(id, name) {
      const key = keyOf(id, name);
      const body = key === null ? null : await openBody(client, key);
      if (key !== null && body !== null) room.use(key);
      return body;
    },

    async set(id, name, bytes) {
      const key = keyOf(id, name);
      if (key === null) return false;
      const payload = payloadOf(bytes);
      const headers = objectFields(payload.sha256);
      const request: S3Request = { method: 'PUT', key, headers, payload };
      const write = async () => {
        await client.send(request, readStored);
      };
      return orUnavailable(room.fill(key, bytes.length, write));
    },

    async remove(id, name) {
      const key = keyOf(id, name);
      if (key !== null) await orUnavailable(removeObject(client, key, REMOVE));
    },

    async count(id, prefix) {
      if (!isId(id) || (prefix !== '' && !isVariantName(prefix))) return 0;
      return orUnavailable(countOf(client, `${VARIANTS}${id}/${prefix}`));
    },

    async drop(id) {
      if (isId(id)) await orUnavailable(dropVariants(client, id, REMOVE));
    },
  };
}

async function countOf(client: S3Client, keyPrefix: string): Promise<number> {
  let count = 0;
  for await (const page of listObjects(client, keyPrefix)) count += page.length;
  return count;
}

/** Removes every variant of a master. */
export async function dropVariants(
  client: S3Client,
  id: string,
  options: SendOptions = {},
): Promise<void> {
  for await (const page of listObjects(client, `${VARIANTS}${id}/`, options)) {
    const waiting = [...page];
    while (waiting.length > 0) {
      const batch = waiting.splice(0, 16);
      await Promise.all(batch.map(({ key }) => removeObject(client, key, options)));
    }
  }
}
