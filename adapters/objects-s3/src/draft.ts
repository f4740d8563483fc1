import { join } from 'node:path';
import { makeObjectId, type ObjectDraft } from '@auraimage/ports';
import type { S3Client } from './client.js';
import { objectKey, removeObject } from './objects.js';
import { orUnavailable } from './problem.js';
import type { PutFile } from './put.js';
import { createSpoolFile, spoolBody } from './spool.js';

/** How long the removal of an object is retried if it is unknown whether the store has it, in milliseconds. */
const CLEANUP_MS = 2000;

/** Opens a local file that becomes an object when it is committed. */
export async function createDraft(
  client: S3Client,
  putFile: PutFile,
  folder: string,
): Promise<ObjectDraft> {
  const id = makeObjectId();
  const file = await createSpoolFile(join(folder, id));
  let committing: Promise<void> | undefined;
  let committed = false;

  return {
    write: file.write,
    readBack: async () => spoolBody(await file.finish()),
    async commit() {
      const source = await file.finish();
      committing ??= orUnavailable(putFile(objectKey(id), source));
      await committing;
      committed = true;
      await file.remove();
      return { id, size: source.size, sha256: source.sha256 };
    },
    async discard() {
      await committing?.catch(() => {});
      if (committed) return;
      await file.remove();
      // The store may have stored it although its response was lost.
      if (committing === undefined) return;
      await removeObject(client, objectKey(id), { limitMs: CLEANUP_MS, retries: 0 }).catch(
        () => {},
      );
    },
  };
}
