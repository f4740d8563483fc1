import type { EdgeCache } from '@auraimage/ports';
import { createDiskTier, type DiskTier } from './disk-tier.js';
import { isObjectId, keyOf, SEPARATOR } from './entries.js';
import { createMemoryTier } from './memory-tier.js';
import type { TierStats } from './stats.js';

export interface EdgeCacheOptions {
  /** Most bytes kept in memory. */
  readonly memoryBytes: number;
  /** Largest entry kept in memory, in bytes. */
  readonly maxMemoryEntryBytes: number;
  /**
   * Most bytes kept on disk, in whole blocks of 4 KiB; 0 for none. The index takes some 400 bytes of
   * memory for each entry.
   */
  readonly diskBytes: number;
  /** Folder of the entries on disk; made where it is missing. */
  readonly folder: string;
  /** Largest entry kept at all, in bytes. */
  readonly maxEntryBytes: number;
  /**
   * Whether entries of a name belong on disk; default all. No use for what the object store has on a
   * local disk anyway: a copy of it would only take the place of what has to be made.
   */
  readonly diskFor?: (name: string) => boolean;
  /** Told when the disk fails. The cache goes on with what is left of it. */
  readonly onError?: (error: unknown) => void;
}

export interface LocalEdgeCache extends EdgeCache {
  /** Resolves when the entries of earlier processes are found; until then they are misses. */
  readonly ready: Promise<void>;
  /** How full it is: memory and, where it has one, disk. */
  stats(): readonly TierStats[];
}

/**
 * An edge cache on this machine: small entries in memory, all of them on disk as well. The disk
 * survives a restart. Its folder may be deleted at any time, and several processes may share it: a file
 * that another one removed is a miss, and what another one wrote is found after a restart. Each process
 * then keeps to its own bound.
 *
 * Files are not synced. Their names tell length and checksum, and both are checked at the first read by
 * a process that did not write them: what a power cut tore or altered is a miss.
 *
 * @example
 * const cache = createEdgeCache({
 *   memoryBytes: 64 * 2 ** 20,
 *   maxMemoryEntryBytes: 2 ** 20,
 *   diskBytes: 2 ** 30,
 *   folder: '/var/lib/aura/cache',
 *   maxEntryBytes: 32 * 2 ** 20,
 *   diskFor: (name) => name !== 'master',
 * });
 */
export function createEdgeCache(options: EdgeCacheOptions): LocalEdgeCache {
  const { maxEntryBytes, diskFor = () => true } = options;
  const memory = createMemoryTier({
    maxBytes: options.memoryBytes,
    maxEntryBytes: Math.min(maxEntryBytes, options.maxMemoryEntryBytes),
  });
  const disk = createDisk(options, memory.maxEntryBytes);

  return {
    maxEntryBytes: Math.max(memory.maxEntryBytes, disk?.maxEntryBytes ?? 0),
    ready: disk?.ready ?? Promise.resolve(),
    stats: () => [memory.stats(), ...(disk === null ? [] : [disk.stats()])],

    async get(objectId, name) {
      const key = keyOf(objectId, name);
      if (key === null) return null;
      const kept = memory.get(key);
      if (kept !== null) {
        disk?.touch(key); // or the disk would let go first what is read most
        return kept;
      }
      const body = (await disk?.get(key)) ?? null;
      // Not what was dropped while it was being read.
      if (body?.bytes !== undefined && disk?.has(key)) memory.set(key, body.bytes);
      return body;
    },

    async set(objectId, name, bytes) {
      const key = keyOf(objectId, name);
      if (key === null || bytes.length > maxEntryBytes) return false;
      const inMemory = memory.set(key, bytes);
      const onDisk = diskFor(name) && ((await disk?.set(key, bytes)) ?? false);
      return inMemory || onDisk;
    },

    async remove(objectId, name) {
      const key = keyOf(objectId, name);
      if (key === null) return;
      memory.remove(key);
      await disk?.remove(key);
    },

    async count(objectId, prefix) {
      const keys = new Set([...memory.keysOf(objectId), ...(disk?.keysOf(objectId) ?? [])]);
      const start = objectId + SEPARATOR + prefix;
      return [...keys].filter((key) => key.startsWith(start)).length;
    },

    async drop(objectId) {
      memory.drop(objectId);
      if (isObjectId(objectId)) await disk?.drop(objectId);
    },
  };
}

function createDisk(
  { diskBytes, folder, maxEntryBytes, onError = () => {} }: EdgeCacheOptions,
  maxWholeBytes: number,
): DiskTier | null {
  if (diskBytes <= 0) return null;
  return createDiskTier({ folder, maxBytes: diskBytes, maxEntryBytes, maxWholeBytes, onError });
}
