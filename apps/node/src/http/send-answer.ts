import { createReadStream } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream as NodeReadableStream } from 'node:stream/web';
import type { Answer } from '@auraimage/http';
import type { ByteRange, LocalFile, ObjectBody } from '@auraimage/ports';
import { createBufferPool } from './buffer-pool.js';

const CHUNK_BYTES = 256 * 1024;

const pool = createBufferPool();

/**
 * Sends a response in the cheapest way that its body allows. Never rejects.
 *
 * @param onFailure called when the body ends early, unless the client disconnected
 */
export async function sendAnswer(
  outgoing: ServerResponse,
  { status, headers, body }: Answer,
  onFailure: (failure: unknown) => void,
): Promise<void> {
  if (body === null) {
    outgoing.writeHead(status, headers).end();
  } else if (typeof body === 'string') {
    headers['Content-Length'] = String(Buffer.byteLength(body));
    outgoing.writeHead(status, headers).end(body);
  } else if (body.bytes !== undefined) {
    outgoing.writeHead(status, headers).end(body.bytes);
  } else if (body.copyTo !== undefined) {
    sendCopy(outgoing, status, headers, body.copyTo, body.length);
  } else {
    outgoing.writeHead(status, headers);
    const source = sourceOf(body);
    source.once('error', (error) => {
      if (!outgoing.destroyed) onFailure(error);
    });
    await pipeline(source, outgoing).catch(() => {
      outgoing.destroy(); // the client disconnected, or the object ended early: never let a short body look complete
    });
  }
}

function sendCopy(
  outgoing: ServerResponse,
  status: number,
  headers: Answer['headers'],
  copyTo: (target: Uint8Array) => void,
  length: number,
): void {
  const buffer = pool.take(length);
  try {
    copyTo(buffer);
  } catch {
    outgoing.destroy(); // deleted or unreadable since it was opened
    return;
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
