import { createReadStream } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { ByteRange, LocalFile } from '@auraimage/edge';

const CHUNK_BYTES = 256 * 1024;

/** Sends a response whose body is a file range, through Node's streams. */
export async function sendFile(
  outgoing: ServerResponse,
  response: Response,
  { path, start, length }: LocalFile & ByteRange,
): Promise<void> {
  outgoing.writeHead(response.status, Object.fromEntries(response.headers));
  const options = { start, end: start + length - 1, highWaterMark: CHUNK_BYTES };
  try {
    await pipeline(createReadStream(path, options), outgoing);
  } catch {
    outgoing.destroy(); // the client went away, or the file ends early: never a short body as whole
  }
}
