import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { dirname } from 'node:path';
import { LRUCache } from 'lru-cache';

/** Descriptors kept open. */
const MAX_OPEN = 512;
/** Longest that one is kept, in milliseconds: a file that another process removed takes its room until then. */
const OPEN_MS = 60_000;

/**
 * Fills the target with a file's bytes from `start` on, in one call. Throws when the file is shorter.
 *
 * Synchronous: see docs/decisions/0002-small-reads-are-synchronous.md.
 */
export type ReadSmall = (target: Uint8Array, start: number) => void;

export interface SmallReader {
  /** Throws when the file is missing. What it gives may be called at any later time. */
  open(path: string): ReadSmall;
  /** The file's size in bytes. Throws when it is missing. */
  sizeOf(path: string): number;
  /** Closes the descriptor of a file that is going away. */
  forget(path: string): void;
  /** Closes those of the files right in a folder. */
  forgetIn(folder: string): void;
}

/** Reads small files through descriptors that stay open. Files never change, so neither do these. */
export function createSmallReader(): SmallReader {
  const files = new LRUCache<string, OpenFile>({
    max: MAX_OPEN,
    ttl: OPEN_MS,
    ttlResolution: 1000,
    perf: { now: Date.now },
    dispose: ({ descriptor }) => closeSync(descriptor),
  });
  setInterval(() => files.purgeStale(), OPEN_MS).unref();
  const fileAt = (path: string): OpenFile => {
    const kept = files.get(path);
    if (kept !== undefined) return kept;
    const file: OpenFile = { descriptor: openSync(path, 'r') };
    files.set(path, file);
    return file;
  };
  return {
    open(path) {
      fileAt(path);
      // Asked for again: the descriptor may have been closed meanwhile, and its number used anew.
      return (target, start) => fill(fileAt(path).descriptor, target, start);
    },
    sizeOf(path) {
      const file = fileAt(path);
      file.size ??= fstatSync(file.descriptor).size;
      return file.size;
    },
    forget(path) {
      files.delete(path);
    },
    forgetIn(folder) {
      for (const path of [...files.keys()]) if (dirname(path) === folder) files.delete(path);
    },
  };
}

interface OpenFile {
  readonly descriptor: number;
  /** Known once it was asked for. */
  size?: number;
}

function fill(descriptor: number, target: Uint8Array, start: number): void {
  let filled = 0;
  while (filled < target.length) {
    const count = readSync(descriptor, target, filled, target.length - filled, start + filled);
    if (count === 0) throw new Error(`a file ends before byte ${start + target.length}`);
    filled += count;
  }
}
