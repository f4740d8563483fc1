import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import type { ObjectBody } from '@auraimage/edge';

export type Bytes = Uint8Array<ArrayBuffer>;

const CHUNK_BYTES = 256 * 1024;

export function bytesBody(bytes: Bytes): ObjectBody {
  return { length: bytes.length, bytes, stream: () => new Blob([bytes]).stream() };
}

/** A whole file: nothing is opened before the stream is read. */
export function fileBody(path: string, length: number): ObjectBody {
  return {
    length,
    file: { path, start: 0, length },
    stream: () => {
      const file = createReadStream(path, { highWaterMark: CHUNK_BYTES });
      return Readable.toWeb(file) as ReadableStream<Uint8Array>;
    },
  };
}
