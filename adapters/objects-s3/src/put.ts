import { createReadStream } from 'node:fs';
import { readStored } from './answers.js';
import type { S3Client, S3Request } from './client.js';
import { hasCode, S3Failure } from './failure.js';
import { lookAt } from './get.js';
import { putParts } from './put-parts.js';
import { type Conditionally, objectFields, type PutSource } from './put-source.js';

/** Stores a file under a new key; resolves when the store has confirmed it. */
export type PutFile = (key: string, source: PutSource) => Promise<void>;

/**
 * @param partBytes files up to four times this size go in one request, larger ones in parts
 */
export function createPutFile(client: S3Client, partBytes: number): PutFile {
  let conditional = true;

  const conditionally: Conditionally = async (key, source, send) => {
    const withCondition = conditional;
    try {
      await send(withCondition ? { 'If-None-Match': '*' } : {});
      return;
    } catch (error) {
      const mayBeDone = hasCode(error, 'PreconditionFailed', 'NoSuchUpload');
      if (mayBeDone && (await isStored(client, key, source))) return;
      if (!withCondition || !(error instanceof S3Failure) || error.status !== 501) throw error;
    }
    // The store does not support conditions. Keys are unique anyway: ids are 128 random bits.
    conditional = false;
    await send({});
  };

  return (key, source) =>
    source.size > 4 * partBytes
      ? putParts(client, conditionally, partBytes, key, source)
      : conditionally(key, source, (headers) =>
          client.send(wholeFile(key, source, headers), readStored),
        );
}

/** Whether the object exists: an earlier try whose response was lost may have created it. */
async function isStored(
  client: S3Client,
  key: string,
  { size, sha256 }: PutSource,
): Promise<boolean> {
  const object = await lookAt(client, key);
  return object?.total === size && object.sha256 === sha256;
}

function wholeFile(
  key: string,
  { path, size, sha256 }: PutSource,
  headers: Readonly<Record<string, string>>,
): S3Request {
  return {
    method: 'PUT',
    key,
    headers: { ...objectFields(sha256), ...headers },
    payload: { length: size, sha256, open: () => (size === 0 ? '' : createReadStream(path)) },
  };
}
