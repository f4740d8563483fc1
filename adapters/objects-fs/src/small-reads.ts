import { closeSync, openSync, readSync } from 'node:fs';
import { LRUCache } from 'lru-cache';

/** Descriptors kept open. */
const MAX_OPEN = 512;

export interface SmallReader {
  /**
   * Reads a range in one call. Throws when the file is missing, or shorter than the range.
   *
   * Synchronous: see docs/decisions/0002-small-reads-are-synchronous.md.
   */
  read(path: string, start: number, length: number): Uint8Array<ArrayBuffer>;
  /** Closes the descriptor of a file that is going away. */
  forget(path: string): void;
}

/** Reads small files through descriptors that stay open. Files never change, so neither do these. */
export function createSmallReader(): SmallReader {
  const descriptors = new LRUCache<string, number>({
    max: MAX_OPEN,
    dispose: (descriptor) => closeSync(descriptor),
  });
  return {
    read(path, start, length) {
      let descriptor = descriptors.get(path);
      if (descriptor === undefined) {
        descriptor = openSync(path, 'r');
        descriptors.set(path, descriptor);
      }
      const bytes = new Uint8Array(Buffer.allocUnsafeSlow(length).buffer);
      let filled = 0;
      while (filled < length) {
        const count = readSync(descriptor, bytes, filled, length - filled, start + filled);
        if (count === 0) throw new Error(`${path} ends before byte ${start + length}`);
        filled += count;
      }
      return bytes;
    },
    forget(path) {
      descriptors.delete(path);
    },
  };
}
