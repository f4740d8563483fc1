import type { EdgeCache } from '@auraimage/edge';
import { LRUCache } from 'lru-cache';

export interface MemoryCacheOptions {
  /** Most bytes kept, all entries together. */
  readonly maxBytes: number;
  /** Largest entry kept, in bytes. */
  readonly maxEntryBytes: number;
}

/**
 * An edge cache in this process's memory: the least recently used entries go first.
 *
 * @example
 * const cache = createMemoryCache({ maxBytes: 64 * 2 ** 20, maxEntryBytes: 2 ** 20 });
 */
export function createMemoryCache({ maxBytes, maxEntryBytes }: MemoryCacheOptions): EdgeCache {
  const entries = new LRUCache<string, Uint8Array<ArrayBuffer>>({
    maxSize: maxBytes,
    maxEntrySize: Math.min(maxBytes, maxEntryBytes),
    sizeCalculation: (bytes) => Math.max(1, bytes.byteLength),
  });
  return {
    maxEntryBytes: entries.maxEntrySize,
    get: async (key) => entries.get(key) ?? null,
    async set(key, bytes) {
      entries.set(key, bytes);
    },
    async delete(key) {
      entries.delete(key);
    },
  };
}
