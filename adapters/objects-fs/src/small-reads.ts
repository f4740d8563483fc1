import { closeSync, openSync, readSync } from 'node:fs';
import { LRUCache } from 'lru-cache';

/** Descriptors kept open. */
const MAX_OPEN = 512;

/**
 * Fills the target with a file's bytes from `start` on, in one call. Throws when the file is shorter.
 *
 * Synchronous: see docs/decisions/0002-small-reads-are-synchronous.md.
 */
export type ReadSmall = (target: Uint8Array, start: number) => void;

export interface SmallReader {
  /** Throws when the file is missing. What it gives may be called at any later time. */
  open(path: string): ReadSmall;
  /** Closes the descriptor of a file that is going away. */
  forget(path: string): void;
}

/** Reads small files through descriptors that stay open. Files never change, so neither do these. */
export function createSmallReader(): SmallReader {
  const descriptors = new LRUCache<string, number>({
    max: MAX_OPEN,
    dispose: (descriptor) => closeSync(descriptor),
  });
  const descriptorOf = (path: string): number => {
    const kept = descriptors.get(path);
    if (kept !== undefined) return kept;
    const descriptor = openSync(path, 'r');
    descriptors.set(path, descriptor);
    return descriptor;
  };
  return {
    open(path) {
      descriptorOf(path);
      // Asked for again: the descriptor may have been closed meanwhile, and its number used anew.
      return (target, start) => fill(descriptorOf(path), target, start);
    },
    forget(path) {
      descriptors.delete(path);
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
