import { createReadStream } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { ByteRange, LocalAnswer, LocalFile } from '@auraimage/edge';
import { createBufferPool } from './buffer-pool.js';

const CHUNK_BYTES = 256 * 1024;

const pool = createBufferPool();

/** Sends an answer whose body is on this machine: a small one from one buffer, a large one in pieces. */
export async function sendLocal(
  outgoing: ServerResponse,
  { status, headers, body }: LocalAnswer,
): Promise<void> {
  if (body.copyTo !== undefined) {
    sendSmall(outgoing, status, headers, body.copyTo, body.length);
  } else if (body.file !== undefined) {
    outgoing.writeHead(status, headers);
    await sendFile(outgoing, body.file);
  }
}

function sendSmall(
  outgoing: ServerResponse,
  status: number,
  headers: Record<string, string>,
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
  outgoing.writeHead(status, headers);
  // `finish`: the kernel has every byte. After anything else the buffer is left to the collector.
  outgoing.once('finish', () => pool.giveBack(buffer));
  outgoing.end(buffer);
}

async function sendFile(
  outgoing: ServerResponse,
  { path, start, length }: LocalFile & ByteRange,
): Promise<void> {
  const options = { start, end: start + length - 1, highWaterMark: CHUNK_BYTES };
  try {
    await pipeline(createReadStream(path, options), outgoing);
  } catch {
    outgoing.destroy(); // the client went away, or the file ends early: never a short body as whole
  }
}
