import type { Readable } from 'node:stream';
import type { ByteRange } from '@auraimage/ports';
import { headerOf } from './answers.js';
import type { S3Answer, S3Client, S3Request, SendOptions } from './client.js';
import { hasCode, S3Failure } from './failure.js';

/** Header with an object's SHA-256, set when it was stored. */
export const SHA256_FIELD = 'x-amz-meta-sha256';

/** A response with an object or a part of it. */
export interface OpenObject {
  /** Bytes of the whole object. */
  readonly total: number;
  /** Expected length of `body` in bytes. The reader must check it. */
  readonly length: number;
  readonly etag: string;
  /** SHA-256 of the whole object, as recorded when it was stored. */
  readonly sha256: string | undefined;
  readonly body: Readable;
}

export interface GetOptions extends SendOptions {
  /** Only an object with this entity tag. */
  readonly etag?: string;
}

/**
 * Requests an object; `read` gets it as soon as the response starts. `null` if there is no such object.
 *
 * @param range must lie inside the object and have at least one byte; absent: the whole object
 * @throws {S3Failure}
 */
export async function getObject<T>(
  client: S3Client,
  key: string,
  range: ByteRange | undefined,
  read: (object: OpenObject) => Promise<T> | T,
  { etag, ...options }: GetOptions = {},
): Promise<T | null> {
  const request: S3Request = {
    method: 'GET',
    key,
    headers: {
      ...(range && { Range: `bytes=${range.start}-${range.start + range.length - 1}` }),
      ...(etag !== undefined && { 'If-Match': etag }),
    },
  };
  try {
    return await client.send(
      request,
      (answer) => {
        const object = openedBy(answer, range);
        if (object !== null) return read(object);
        answer.body.destroy();
        throw new S3Failure('WrongRange', { status: answer.statusCode, detail: key });
      },
      options,
    );
  } catch (error) {
    if (hasCode(error, 'NoSuchKey')) return null;
    throw error;
  }
}

/** Size and SHA-256 of an object; `null` if there is none. */
export async function lookAt(
  client: S3Client,
  key: string,
): Promise<Pick<OpenObject, 'total' | 'sha256'> | null> {
  try {
    return await getObject(client, key, { start: 0, length: 1 }, (object) => {
      object.body.destroy();
      return object;
    });
  } catch (error) {
    if (!hasCode(error, 'InvalidRange')) throw error;
  }
  // An empty object has no first byte to request.
  return getObject(client, key, undefined, (object) => {
    object.body.destroy();
    return object;
  });
}

/** `null` if the response does not have the requested range. */
function openedBy({ statusCode, headers, body }: S3Answer, range?: ByteRange): OpenObject | null {
  const length = Number(headerOf(headers, 'content-length') ?? Number.NaN);
  const facts = {
    length,
    etag: headerOf(headers, 'etag') ?? '',
    sha256: headerOf(headers, SHA256_FIELD),
    body,
  };
  if (range === undefined) {
    return statusCode === 200 && length >= 0 ? { ...facts, total: length } : null;
  }
  const match = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15})$/.exec(
    headerOf(headers, 'content-range') ?? '',
  );
  if (statusCode !== 206 || match === null || length !== range.length) return null;
  const [start, last, total] = match.slice(1).map(Number);
  if (start !== range.start || last !== range.start + range.length - 1) return null;
  return { ...facts, total: total ?? length };
}
