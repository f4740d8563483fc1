import { createReadStream } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream as NodeReadableStream } from 'node:stream/web';
import type { Answer } from '@auraimage/http';
import type { ByteRange, LocalFile, ObjectBody } from '@auraimage/ports';

const CHUNK_BYTES = 256 * 1024;
const SMALLEST_BITS = 12;
/** Most unused memory that is kept, in bytes. */
const MAX_IDLE = 16 * 1024 * 1024;

const pool = createBufferPool();

export interface SendFailures {
  /** Called when a body ends early, unless the client disconnected: the response cannot be changed any more. */
  readonly onFailure: (failure: unknown) => void;
  /** The response to send instead of a small body that cannot be read. Its own body is a text. */
  readonly onUnreadable: (failure: unknown) => Answer;
}

/** Sends a response in the cheapest way that its body allows. Never rejects. */
export async function sendAnswer(
  outgoing: ServerResponse,
  { status, headers, body }: Answer,
  failures: SendFailures,
): Promise<void> {
  if (body === null) {
    outgoing.writeHead(status, headers).end();
  } else if (typeof body === 'string') {
    headers['Content-Length'] = String(Buffer.byteLength(body));
    outgoing.writeHead(status, headers).end(body);
  } else if (body.bytes !== undefined) {
    outgoing.writeHead(status, headers).end(body.bytes);
  } else if (body.copyTo !== undefined) {
    sendCopy(outgoing, { status, headers }, body as SmallBody, failures);
  } else {
    outgoing.writeHead(status, headers);
    const source = sourceOf(body);
    source.once('error', (error) => {
      if (!outgoing.destroyed) failures.onFailure(error);
    });
    await pipeline(source, outgoing).catch(() => {
      outgoing.destroy(); // the client disconnected, or the object ended early: never let a short body look complete
    });
  }
}

type SmallBody = Required<Pick<ObjectBody, 'length' | 'copyTo'>>;

function sendCopy(
  outgoing: ServerResponse,
  { status, headers }: Pick<Answer, 'status' | 'headers'>,
  { length, copyTo }: SmallBody,
  failures: SendFailures,
): void {
  const buffer = pool.take(length);
  try {
    copyTo(buffer);
  } catch (failure) {
    // Removed or unreadable since it was opened. Nothing has been sent yet.
    pool.release(buffer);
    return void sendAnswer(outgoing, failures.onUnreadable(failure), failures);
  }
  // On `finish` the kernel has every byte. Otherwise the buffer is left to the garbage collector.
  outgoing.once('finish', () => pool.release(buffer));
  outgoing.writeHead(status, headers).end(buffer);
}

function sourceOf(body: ObjectBody): Readable {
  if (body.file !== undefined) return streamFile(body.file);
  if (body.chunks !== undefined) return Readable.from(body.chunks(), { objectMode: false });
  return Readable.fromWeb(body.stream() as NodeReadableStream<Uint8Array>);
}

function streamFile({ path, start, length }: LocalFile & ByteRange): Readable {
  return createReadStream(path, { start, end: start + length - 1, highWaterMark: CHUNK_BYTES });
}

interface BufferPool {
  /** A buffer of this many bytes, not cleared. */
  take(length: number): Buffer;
  /** Returns a buffer of `take` to the pool. It must not be used afterwards. */
  release(buffer: Buffer): void;
}

/**
 * Reuses buffers: new ones cost a page fault for every 4 KiB and garbage collection. Sizes are powers of two.
 */
export function createBufferPool(): BufferPool {
  const idle = new Map<number, ArrayBuffer[]>();
  let idleBytes = 0;
  return {
    take(length) {
      const size = 2 ** Math.max(SMALLEST_BITS, Math.ceil(Math.log2(length || 1)));
      const kept = idle.get(size)?.pop();
      if (kept !== undefined) idleBytes -= size;
      return Buffer.from(kept ?? Buffer.allocUnsafeSlow(size).buffer, 0, length);
    },
    release({ buffer }) {
      const { byteLength } = buffer;
      if (idleBytes + byteLength > MAX_IDLE) return;
      idleBytes += byteLength;
      const list = idle.get(byteLength);
      if (list === undefined) idle.set(byteLength, [buffer as ArrayBuffer]);
      else list.push(buffer as ArrayBuffer);
    },
  };
}
