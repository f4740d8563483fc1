import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import type { ByteRange, ObjectBody } from '@auraimage/edge';

const CHUNK_BYTES = 256 * 1024;

/** A range of a file: nothing is opened before the stream is read. */
export function fileBody(path: string, { start, length }: ByteRange): ObjectBody {
  return {
    length,
    file: { path, start, length },
    stream: () => (length === 0 ? emptyStream() : rangeStream(path, start, length)),
  };
}

/** Bytes that are in memory already. */
export function bytesBody(bytes: Uint8Array<ArrayBuffer>): ObjectBody {
  return { length: bytes.length, bytes, stream: () => new Blob([bytes]).stream() };
}

function rangeStream(path: string, start: number, length: number): ReadableStream<Uint8Array> {
  const options = { start, end: start + length - 1, highWaterMark: CHUNK_BYTES };
  return Readable.toWeb(createReadStream(path, options)) as ReadableStream<Uint8Array>;
}

function emptyStream(): ReadableStream<Uint8Array> {
  return new Blob([]).stream();
}
