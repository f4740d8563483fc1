import type { FileHandle } from 'node:fs/promises';
import { orFull } from './errors.js';

/** Most bytes that wait to be written, for each file. */
const MAX_WAITING = 512 * 1024;

/** Appends to a file asynchronously. */
export interface FileWriter {
  /** Resolves when the next chunk may be written. The chunk must not change any more. */
  write(chunk: Uint8Array): Promise<void>;
  /** Resolves when everything has been written. */
  flush(): Promise<void>;
  /** Bytes accepted so far. */
  readonly size: number;
}

/**
 * Writes many small chunks with few calls: chunks that arrive during a write are written together by the next
 * one, which saves calls to the thread pool. A failure rejects the next call.
 */
export function createFileWriter(file: FileHandle): FileWriter {
  let waiting: Uint8Array[] = [];
  let waitingBytes = 0;
  let size = 0;
  let work: Promise<void> | undefined;

  const writeWaiting = async (): Promise<void> => {
    while (waiting.length > 0) {
      const batch = waiting;
      waiting = [];
      waitingBytes = 0;
      await writeWhole(file, batch);
    }
    work = undefined;
  };
  const begin = (): Promise<void> => {
    work ??= orFull(writeWaiting());
    work.catch(() => {}); // the next call rejects with it
    return work;
  };

  return {
    async write(chunk) {
      size += chunk.length;
      waitingBytes += chunk.length;
      waiting.push(chunk);
      const written = begin();
      if (waitingBytes >= MAX_WAITING) await written;
    },
    flush: () => (waiting.length > 0 || work !== undefined ? begin() : Promise.resolve()),
    get size() {
      return size;
    },
  };
}

async function writeWhole(file: FileHandle, batch: readonly Uint8Array[]): Promise<void> {
  let rest = batch;
  while (rest.length > 0) {
    const { bytesWritten } = await file.writev(rest);
    rest = after(rest, bytesWritten);
  }
}

/** The chunks without their first bytes. */
function after(chunks: readonly Uint8Array[], written: number): Uint8Array[] {
  let skip = written;
  const rest: Uint8Array[] = [];
  for (const chunk of chunks) {
    const part = chunk.subarray(Math.min(skip, chunk.length));
    skip -= chunk.length - part.length;
    if (part.length > 0) rest.push(part);
  }
  return rest;
}
