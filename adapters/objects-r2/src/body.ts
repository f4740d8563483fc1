import type { ByteRange, ObjectBody } from '@auraimage/ports';
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
  let first = await open();
  if (first === null) return null;
  return {
    length,
    stream() {
      const stream = first ?? openedWhenRead(open);
      first = null;
      return stream;
    },
  };
}

function openedWhenRead(
  open: () => Promise<ReadableStream<Uint8Array> | null>,
): ReadableStream<Uint8Array> {
  let reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  return new ReadableStream(
    {
      async pull(controller) {
        reader ??= (await open())?.getReader();
        if (reader === undefined) throw tooShort(); // it was removed in the meantime
        const { value, done } = await reader.read();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      cancel: (reason) => reader?.cancel(reason),
    },
    { highWaterMark: 0 },
  );
}
