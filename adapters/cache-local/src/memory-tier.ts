import { bytesBody, type DerivedBody } from '@auraimage/ports';
import { createEntries } from './entries.js';
import type { TierStats } from './stats.js';

/** Overhead of an entry beside its bytes: many tiny entries would otherwise exceed the bound by far. */
const OVERHEAD_BYTES = 512;

export interface MemoryTier {
  /** Largest entry kept, in bytes. */
  readonly maxEntryBytes: number;
  get(key: string): DerivedBody | null;
  /** Whether it is kept. */
  set(key: string, bytes: Uint8Array<ArrayBuffer>): boolean;
  remove(key: string): void;
  drop(owner: string): void;
  keysOf(owner: string): string[];
  stats(): TierStats;
}

/** Small entries that are read often. */
export function createMemoryTier(options: {
  readonly maxBytes: number;
  readonly maxEntryBytes: number;
}): MemoryTier {
  const { maxBytes } = options;
  const maxEntryBytes = Math.min(options.maxEntryBytes, maxBytes - OVERHEAD_BYTES);
  const entries = createEntries<DerivedBody>({
    maxBytes,
    bytesOf: ({ length }) => length + OVERHEAD_BYTES,
  });
  return {
    maxEntryBytes: Math.max(0, maxEntryBytes),
    get: (key) => entries.get(key) ?? null,
    set(key, bytes) {
      if (bytes.length > maxEntryBytes) return false;
      // A view would keep its whole buffer in memory.
      const own = bytes.length === bytes.buffer.byteLength ? bytes : bytes.slice();
      entries.set(key, bytesBody(own));
      return true;
    },
    remove: (key) => entries.delete(key),
    drop(owner) {
      for (const key of entries.keysOf(owner)) entries.delete(key);
    },
    keysOf: (owner) => entries.keysOf(owner),
    stats() {
      const { size, ...counts } = entries.stats();
      return { tier: 'memory', bytes: size, maxBytes, ...counts };
    },
  };
}
