import { closeSync, createReadStream, openSync, readSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import type { ByteRange, ObjectBody, ObjectStore } from '@auraimage/ports';
import { LRUCache } from 'lru-cache';
import { hasCode } from './errors.js';
import { isId, type Layout } from './layout.js';

/**
 * Ranges up to this size are read in one synchronous call. Larger ones are sent by the host from the file, or
 * streamed: docs/decisions/0002-small-reads-are-synchronous.md.
 */
const SMALL_BYTES = 256 * 1024;
const CHUNK_BYTES = 256 * 1024;
/** File descriptors kept open. */
const MAX_OPEN = 512;
/** Longest time a descriptor is kept, in milliseconds. Until then a file removed by another process takes space. */
const OPEN_MS = 60_000;

/** Reads objects, whose files never change. */
export interface Reads {
  readonly read: ObjectStore['read'];
  /** Closes the descriptor of an object that was removed. */
  forget(id: string): void;
}

/** Keeps descriptors of small objects open between reads. */
export function createReads({ objectPath }: Layout): Reads {
  const files = new LRUCache<string, { readonly descriptor: number }>({
    max: MAX_OPEN,
    ttl: OPEN_MS,
    ttlResolution: 1000,
    perf: { now: Date.now },
    dispose: ({ descriptor }) => closeSync(descriptor),
  });
  setInterval(() => files.purgeStale(), OPEN_MS).unref();
  const descriptorOf = (id: string): number => {
    const kept = files.get(id);
    if (kept !== undefined) return kept.descriptor;
    const descriptor = openSync(objectPath(id), 'r');
    files.set(id, { descriptor });
    return descriptor;
  };
  const openSmall = (id: string, { start, length }: ByteRange): ObjectBody => {
    descriptorOf(id);
    // Looked up again: meanwhile the descriptor may have been closed and its number reused.
    const copyTo = (target: Uint8Array) => fill(descriptorOf(id), target, start);
    return {
      length,
      copyTo,
      stream() {
        const bytes = new Uint8Array(length);
        copyTo(bytes);
        return new Blob([bytes]).stream();
      },
    };
  };

  return {
    async read(id, range) {
      // Only ids have a descriptor.
      if (!files.has(id) && !isId(id)) return null;
      try {
        return range.length <= SMALL_BYTES
          ? openSmall(id, range)
          : await openLarge(objectPath(id), range);
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

function fill(descriptor: number, target: Uint8Array, start: number): void {
  let filled = 0;
  while (filled < target.length) {
    const count = readSync(descriptor, target, filled, target.length - filled, start + filled);
    if (count === 0) throw new Error(`a file ends before byte ${start + target.length}`);
    filled += count;
  }
}

/** @throws `ENOENT` for a missing file; an error for one that is shorter than the range */
async function openLarge(path: string, range: ByteRange): Promise<ObjectBody> {
  const { size } = await stat(path);
  if (size < range.start + range.length) throw new Error(`${path} is shorter than its record says`);
  return fileBody(path, range);
}

/** A range of a file. Nothing is opened before the stream is read. */
export function fileBody(path: string, { start, length }: ByteRange): ObjectBody {
  const options = { start, end: start + length - 1, highWaterMark: CHUNK_BYTES };
  return {
    length,
    file: { path, start, length },
    stream: () =>
      length === 0
        ? new Blob([]).stream()
        : (Readable.toWeb(createReadStream(path, options)) as ReadableStream<Uint8Array>),
  };
}
