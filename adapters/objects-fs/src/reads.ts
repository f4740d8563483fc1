import { closeSync, fstatSync, openSync, read, readSync } from 'node:fs';
import {
  type ByteRange,
  fileBody,
  isObjectId,
  type ObjectStore,
  type OpenFile,
} from '@auraimage/ports';
import { LRUCache } from 'lru-cache';
import { hasCode } from './errors.js';
import type { Layout } from './layout.js';

/** Longest time a descriptor is kept, in milliseconds. Until then a file removed by another process takes space. */
const OPEN_MS = 60_000;
/** Files up to this size, in bytes, are always read synchronously. */
const SMALL_BYTES = 256 * 1024;
/** Unit in which it is noted which bytes of a file were read. */
const BLOCK_BYTES = 32 * 1024;
/** A synchronous read that takes longer, in milliseconds, waited for the disk. */
const SLOW_MS = 4;

/** Reads objects, whose files never change. */
export interface Reads {
  readonly read: ObjectStore['read'];
  /** Closes the descriptor of an object that was removed. */
  forget(id: string): void;
}

/**
 * Keeps the files that were read last open: docs/decisions/0002-small-reads-are-synchronous.md.
 *
 * @param maxKeptFiles most of them
 */
export function createReads({ objectPath }: Layout, maxKeptFiles: number): Reads {
  const files = new LRUCache<string, SharedFile>({
    max: maxKeptFiles,
    ttl: OPEN_MS,
    ttlResolution: 1000,
    perf: { now: Date.now },
    dispose: (file) => file.close(),
  });
  setInterval(() => files.purgeStale(), OPEN_MS).unref();

  const openKept = (id: string): SharedFile => {
    const file = openShared(objectPath(id));
    files.set(id, file);
    return file;
  };

  const bodyOf = (id: string, file: SharedFile, { start, length }: ByteRange) => {
    const { path } = file;
    if (start + length > file.size) throw new Error(`${id} is shorter than its record says`);
    // Meanwhile the file may have been closed.
    return fileBody({ start, length, path, open: () => file.share() ?? openShared(path) });
  };

  return {
    read(id, range) {
      const kept = files.get(id);
      if (kept !== undefined) return bodyOf(id, kept, range);
      if (!isObjectId(id)) return null;
      try {
        return bodyOf(id, openKept(id), range);
      } catch (error) {
        if (hasCode(error, 'ENOENT')) return null;
        throw error;
      }
    },
    forget(id) {
      files.delete(id);
    },
  };
}

/** A file that several readers may have open. */
export interface SharedFile extends OpenFile {
  readonly path: string;
  readonly size: number;
  /** Opens it once more; `null` when it is closed. Its descriptor is closed when each has closed it. */
  share(): SharedFile | null;
}

/**
 * Opens a file. A system call is cheaper than the way to another thread and back, but it stops this process while it
 * waits for the disk. So small files are read synchronously, and of large ones what was read before: it is most
 * likely in memory. The rest is read in a thread.
 *
 * @throws `ENOENT` for a missing file
 */
export function openShared(path: string): SharedFile {
  const descriptor = openSync(path, 'r');
  const { size } = fstatSync(descriptor);
  const blocks = new Uint8Array(Math.ceil(size / BLOCK_BYTES));
  let users = 1;

  const wasRead = (start: number, end: number): boolean => {
    for (let at = Math.floor(start / BLOCK_BYTES); at * BLOCK_BYTES < end; at++) {
      if (blocks[at] !== 1) return false;
    }
    return true;
  };
  /** Notes blocks that were read whole. */
  const note = (start: number, end: number): void => {
    const last = end === size ? blocks.length : Math.floor(end / BLOCK_BYTES);
    blocks.fill(1, Math.ceil(start / BLOCK_BYTES), last);
  };

  const file: SharedFile = {
    path,
    size,
    read(target, position) {
      const end = position + target.length;
      if (size > SMALL_BYTES && !wasRead(position, end)) {
        return readInThread(descriptor, target, position).then(() => note(position, end));
      }
      const began = performance.now();
      readNow(descriptor, target, position);
      if (performance.now() - began > SLOW_MS) blocks.fill(0); // no longer in memory
      return undefined;
    },
    share() {
      if (users === 0) return null;
      users++;
      return file;
    },
    close() {
      users--;
      if (users === 0) closeSync(descriptor);
    },
  };
  return file;
}

function readNow(descriptor: number, target: Uint8Array, position: number): void {
  let filled = 0;
  while (filled < target.length) {
    const length = target.length - filled;
    const count = readSync(descriptor, target, filled, length, position + filled);
    if (count === 0) throw endsEarly(position + target.length);
    filled += count;
  }
}

function readInThread(descriptor: number, target: Uint8Array, position: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const readFrom = (filled: number): void => {
      if (filled === target.length) {
        resolve();
        return;
      }
      const length = target.length - filled;
      read(descriptor, target, filled, length, position + filled, (error, count) => {
        if (error !== null) reject(error);
        else if (count === 0) reject(endsEarly(position + target.length));
        else readFrom(filled + count);
      });
    };
    readFrom(0);
  });
}

function endsEarly(end: number): Error {
  return new Error(`a file ends before byte ${end}`);
}
