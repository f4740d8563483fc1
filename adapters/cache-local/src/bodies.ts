import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import type { ByteRange, VariantBody } from '@auraimage/ports';

export type Bytes = Uint8Array<ArrayBuffer>;

const CHUNK_BYTES = 256 * 1024;

export function bytesBody(bytes: Bytes): VariantBody {
  return {
    length: bytes.length,
    bytes,
    stream: () => new Blob([bytes]).stream(),
    slice: ({ start, length }) => bytesBody(bytes.subarray(start, start + length)),
  };
}

/** A file or a range of it: nothing is opened before the stream is read. */
export function fileBody(path: string, { start, length }: ByteRange): VariantBody {
  return {
    length,
    file: { path, start, length },
    stream: () =>
      length === 0 ? bytesBody(new Uint8Array(0)).stream() : streamOf(path, start, length),
    slice: (part) => fileBody(path, { start: start + part.start, length: part.length }),
  };
}

function streamOf(path: string, start: number, length: number): ReadableStream<Uint8Array> {
  const options = { start, end: start + length - 1, highWaterMark: CHUNK_BYTES };
  return Readable.toWeb(createReadStream(path, options)) as ReadableStream<Uint8Array>;
}
