import { type ByteRange, type ObjectBody, openedWhenRead } from '@auraimage/ports';
import type { R2Bucket } from './bucket.js';
import { inR2, tooShort } from './problem.js';

/**
 * Opens a part of an object; `null` if there is no such object. The first `stream` is R2's own, which the runtime sends
 * without a call of JavaScript for each chunk. It must be read in the same request. Further ones open the object again.
 *
 * @param range has at least one byte
 */
export async function openBody(
  bucket: R2Bucket,
  key: string,
  range: ByteRange,
): Promise<ObjectBody | null> {
  let first = await open(bucket, key, range);
  if (first === null) return null;
  const further = bodyWhenRead(bucket, key, range);
  return {
    length: range.length,
    stream() {
      const stream = first ?? further.stream();
      first = null;
      return stream;
    },
  };
}

/** A part of an object that exists. An open stream that nobody reads would fill the memory. */
export function bodyWhenRead(bucket: R2Bucket, key: string, range: ByteRange): ObjectBody {
  const opened = async () => {
    const stream = await open(bucket, key, range);
    if (stream === null) throw tooShort(); // it was removed in the meantime
    return stream;
  };
  return { length: range.length, stream: () => openedWhenRead(opened) };
}

async function open(
  bucket: R2Bucket,
  key: string,
  { start, length }: ByteRange,
): Promise<ReadableStream<Uint8Array> | null> {
  const range = { offset: start, length };
  const object = await inR2(() => bucket.get(key, { range }));
  if (object === null || start + length <= object.size) return object?.body ?? null;
  await object.body.cancel();
  throw tooShort();
}
