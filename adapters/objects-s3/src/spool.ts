import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { type ObjectBody, StorageFullError } from '@auraimage/ports';
import type { PutSource } from './put-source.js';

/** Most bytes that wait to be written, for each file. */
const MAX_WAITING = 512 * 1024;
const FULL = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

/** A local file with an upload until the bucket has it. */
export interface SpoolFile {
  write(chunk: Uint8Array): Promise<void>;
  /** Ends the writing and returns the complete file. */
  finish(): Promise<PutSource>;
  /** Removes the file, even during a write. */
  remove(): Promise<void>;
}

/** Creates the folder, and removes files of a crash. Younger files may belong to another process. */
export async function prepareSpool(folder: string, abandonedMs: number): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const limit = Date.now() - abandonedMs;
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Number.POSITIVE_INFINITY }));
    if (mtimeMs < limit) await rm(path, { force: true });
  }
}

export async function createSpoolFile(path: string): Promise<SpoolFile> {
  const file = await open(path, 'wx', 0o600).catch((error: unknown) => {
    throw orFull(error);
  });
  const out = file.createWriteStream({ highWaterMark: MAX_WAITING });
  const closed = finished(out).catch((error: unknown) => {
    throw orFull(error);
  });
  closed.catch(() => {}); // the next call rejects with it
  const hash = createHash('sha256');
  let size = 0;
  let source: Promise<PutSource> | undefined;

  const drained = (): Promise<void> =>
    new Promise((resolve, reject) => {
      out.once('drain', resolve);
      closed.then(resolve, reject);
    });

  return {
    async write(chunk) {
      if (out.errored !== null) await closed;
      size += chunk.length;
      hash.update(chunk);
      if (!out.write(chunk)) await drained();
    },
    finish() {
      out.end();
      source ??= closed.then(() => ({ path, size, sha256: hash.digest('hex') }));
      return source;
    },
    async remove() {
      out.destroy();
      await closed.catch(() => {});
      await rm(path, { force: true });
    },
  };
}

export function spoolBody({ path, size }: PutSource): ObjectBody {
  const stream = () =>
    size === 0 ? new Blob([]).stream() : Readable.toWeb(createReadStream(path));
  return {
    length: size,
    file: { path, start: 0, length: size },
    stream: () => stream() as ReadableStream<Uint8Array>,
  };
}

function orFull(error: unknown): unknown {
  if (!(error instanceof Error && 'code' in error && FULL.has(String(error.code)))) return error;
  return new StorageFullError('no space left for uploads on this machine', { cause: error });
}
