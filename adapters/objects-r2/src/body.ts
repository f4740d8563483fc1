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
  { start, length }: ByteRange,
): Promise<ObjectBody | null> {
  const open = async () => {
    const range = { offset: start, length };
    const object = await inR2(() => bucket.get(key, { range }));
    if (object === null || start + length <= object.size) return object?.body ?? null;
    await object.body.cancel();
    throw tooShort();
  };
  const again = async () => {
    const stream = await open();
    if (stream === null) throw tooShort(); // it was removed in the meantime
    return stream;
  };
  let first = await open();
  if (first === null) return null;
  return {
    length,
    stream() {
      const stream = first ?? openedWhenRead(again);
      first = null;
      return stream;
    },
  };
}
