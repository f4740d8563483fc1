import { bytesBody, type DerivedBody } from '@auraimage/ports';
import { createEntries } from './entries.js';
import type { TierStats } from './stats.js';

/** What an entry takes beside its bytes: tiny ones would pass the bound many times over. */
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

/** Small entries that are asked for often. */
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
      // A view would keep the whole of what it looks into.
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
