import type { ByteRange, ObjectBody, VariantBody } from '@auraimage/ports';

/** Bytes in memory as a body. */
export function bytesBody(bytes: Uint8Array<ArrayBuffer>): VariantBody {
  return {
    length: bytes.length,
    bytes,
    stream: () => new Blob([bytes]).stream(),
    slice: ({ start, length }) => bytesBody(bytes.subarray(start, start + length)),
  };
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

/** A part of a body; the whole stays as it is. */
export function partOf(body: VariantBody, range: ByteRange): ObjectBody {
  return range.start === 0 && range.length === body.length ? body : body.slice(range);
}
