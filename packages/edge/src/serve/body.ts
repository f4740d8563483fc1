import type { ByteRange, ObjectBody } from '../ports.js';

/** Bytes in memory as a body. */
export function bytesBody(bytes: Uint8Array<ArrayBuffer>): ObjectBody {
  return { length: bytes.length, bytes, stream: () => new Blob([bytes]).stream() };
}

/** The bytes of a body that is small enough to be held. */
export async function collect(body: ObjectBody): Promise<Uint8Array<ArrayBuffer>> {
  if (body.bytes !== undefined) return body.bytes;
  if (body.copyTo !== undefined) {
    const bytes = new Uint8Array(body.length);
    body.copyTo(bytes);
    return bytes;
  }
  return new Uint8Array(await new Response(body.stream()).arrayBuffer());
}

/** A part of a body that is small enough to be held; the whole stays as it is. */
export async function partOf(body: ObjectBody, { start, length }: ByteRange): Promise<ObjectBody> {
  if (start === 0 && length === body.length) return body;
  return bytesBody((await collect(body)).subarray(start, start + length));
}
