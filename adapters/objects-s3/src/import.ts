import { createHash } from 'node:crypto';
import { join } from 'node:path';
import {
  isObjectId,
  makeObjectId,
  type ObjectBody,
  type ObjectFacts,
  type ObjectImport,
  ObjectMismatchError,
} from '@auraimage/ports';
import { openBody } from './body.js';
import type { S3Client } from './client.js';
import { hasCode } from './failure.js';
import { lookAt } from './get.js';
import { objectKey, removeObject } from './objects.js';
import { orUnavailable } from './problem.js';
import { createPutFile } from './put.js';
import { type PutSource, sha256Of } from './put-source.js';
import { createSpoolFile } from './spool.js';

/** Imports objects into a bucket. A body that is not a file is first written to the spool folder. */
export function createS3Import(
  client: S3Client,
  { spoolFolder, partBytes }: { readonly spoolFolder: string; readonly partBytes: number },
): ObjectImport {
  const putFile = createPutFile(client, partBytes);

  const store = async (key: string, facts: ObjectFacts, source: PutSource): Promise<void> => {
    if (source.size !== facts.size || source.sha256 !== facts.sha256) {
      throw new ObjectMismatchError(facts, source);
    }
    try {
      await putFile(key, source);
    } catch (error) {
      if (!hasCode(error, 'PreconditionFailed')) throw error;
      await removeObject(client, key); // a different object has this key
      await putFile(key, source);
    }
  };

  return {
    async check(id, depth) {
      if (!isObjectId(id)) return null;
      const key = objectKey(id);
      const seen = await orUnavailable(lookAt(client, key));
      if (seen === null) return null;
      if (depth === 'size') return { size: seen.total, sha256: null };
      if (depth === 'noted' && seen.sha256 !== undefined) {
        return { size: seen.total, sha256: seen.sha256 };
      }
      return digestOf(client, key, seen.total);
    },

    async put(id, facts, body) {
      if (!isObjectId(id)) throw new TypeError('not an object id');
      const key = objectKey(id);
      const { file } = body;
      if (file !== undefined && file.start === 0 && file.length > 0) {
        const sha256 = await sha256Of(file.path, 0, file.length - 1);
        return orUnavailable(store(key, facts, { path: file.path, size: file.length, sha256 }));
      }
      const spool = await createSpoolFile(join(spoolFolder, makeObjectId()));
      try {
        await orUnavailable(store(key, facts, await fill(spool, facts, body)));
      } finally {
        await spool.remove();
      }
    },

    async remove(id) {
      if (isObjectId(id)) await orUnavailable(removeObject(client, objectKey(id)));
    },
  };
}

async function fill(
  spool: Awaited<ReturnType<typeof createSpoolFile>>,
  { size }: ObjectFacts,
  body: ObjectBody,
): Promise<PutSource> {
  let taken = 0;
  for await (const chunk of body.chunks?.() ?? body.stream()) {
    // A body that is longer than its record says must not fill the disk.
    if (taken <= size) await spool.write(chunk);
    taken += chunk.length;
  }
  return spool.finish();
}

/** SHA-256 of the stored bytes; an empty text if it differs from the recorded one. */
async function digestOf(client: S3Client, key: string, size: number) {
  const hash = createHash('sha256');
  try {
    const body = await openBody(client, key);
    if (body === null) return null;
    for await (const chunk of body.chunks?.() ?? body.stream()) hash.update(chunk);
    return { size, sha256: hash.digest('hex') };
  } catch (error) {
    const isDamaged = error instanceof Error && hasCode(error.cause, 'corrupt');
    if (isDamaged) return { size, sha256: '' };
    throw error;
  }
}
