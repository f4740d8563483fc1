import { bytesBody, type DerivedBody, type RemovalReason } from '@auraimage/ports';
import { createEntries } from './entries.js';
import type { TierStats } from './stats.js';

/** Overhead of an entry beside its bytes: many tiny entries would otherwise exceed the bound by far. */
const OVERHEAD_BYTES = 512;

export interface MemoryTier {
  /** Largest entry kept, in bytes. */
  readonly maxEntryBytes: number;
  get(key: string): DerivedBody | null;
  /** Whether it is kept. */
  set(key: string, project: string, bytes: Uint8Array<ArrayBuffer>): boolean;
  remove(key: string, reason: RemovalReason): void;
  drop(owner: string): void;
  /** The keys of one owner, and when each was last read. */
  usesOf(owner: string): ReadonlyMap<string, number>;
  owners(): Iterable<string>;
  stats(): TierStats;
}

/** Small entries that are read often. */
export function createMemoryTier(options: {
  readonly maxBytes: number;
  readonly maxEntryBytes: number;
  readonly now: () => number;
}): MemoryTier {
  const { maxBytes, now } = options;
  const maxEntryBytes = Math.min(options.maxEntryBytes, maxBytes - OVERHEAD_BYTES);
  const entries = createEntries<{ readonly body: DerivedBody; usedAt: number }>({
    maxBytes,
    now,
    bytesOf: ({ body }) => body.length + OVERHEAD_BYTES,
  });
  return {
    maxEntryBytes: Math.max(0, maxEntryBytes),
    get: (key) => entries.get(key)?.body ?? null,
    set(key, project, bytes) {
      if (bytes.length > maxEntryBytes) return false;
      // A view would keep its whole buffer in memory.
      const own = bytes.length === bytes.buffer.byteLength ? bytes : bytes.slice();
      entries.set(key, project, { body: bytesBody(own), usedAt: now() });
      return entries.has(key);
    },
    remove: (key, reason) => entries.delete(key, reason),
    drop(owner) {
      for (const key of entries.usesOf(owner).keys()) entries.delete(key, 'stale');
    },
    usesOf: entries.usesOf,
    owners: entries.owners,
    stats() {
      const { size, ...counts } = entries.stats();
      return { tier: 'memory', bytes: size, maxBytes, ...counts };
    },
  };
}
