import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import type { ByteRange, VariantBody } from '@auraimage/ports';
import type { ReadSmall } from './small-reads.js';

/** Ranges up to this size are read in one call; larger ones are named or streamed. */
export const SMALL_BYTES = 256 * 1024;

const CHUNK_BYTES = 256 * 1024;

/** A range of a file: nothing is opened before the stream is read. */
export function fileBody(path: string, { start, length }: ByteRange): VariantBody {
  return {
    length,
    file: { path, start, length },
    stream: () => (length === 0 ? emptyStream() : rangeStream(path, start, length)),
    slice: (part) => fileBody(path, within(start, part)),
  };
}

/** A range that is read in one call when it is asked for. */
export function smallBody(read: ReadSmall, { start, length }: ByteRange): VariantBody {
  const copyTo = (target: Uint8Array) => read(target, start);
  return {
    length,
    copyTo,
    stream() {
      const bytes = new Uint8Array(length);
      copyTo(bytes);
      return new Blob([bytes]).stream();
    },
    slice: (part) => smallBody(read, within(start, part)),
  };
}

function within(start: number, part: ByteRange): ByteRange {
  return { start: start + part.start, length: part.length };
}

function rangeStream(path: string, start: number, length: number): ReadableStream<Uint8Array> {
  const options = { start, end: start + length - 1, highWaterMark: CHUNK_BYTES };
  return Readable.toWeb(createReadStream(path, options)) as ReadableStream<Uint8Array>;
}

function emptyStream(): ReadableStream<Uint8Array> {
  return new Blob([]).stream();
}
