import { setImmediate as nextTurn } from 'node:timers/promises';
import type { DerivedSide, DerivedStore } from '@auraimage/ports';
import { createDiskTier, type DiskTier } from './disk-tier.js';
import { isProject, keyOf, nameIn, objectIdIn, ownerOf, SIDES, type Side } from './entries.js';
import { createMemoryTier, type MemoryTier } from './memory-tier.js';
import type { TierStats } from './stats.js';

export interface DiskOptions {
  /**
   * Most bytes kept on disk, in whole blocks of 4 KiB; 0 for no disk. The index takes about 400 bytes of
   * memory for each entry.
   */
  readonly maxBytes: number;
  /** Folder of the entries; created if it is missing. */
  readonly folder: string;
  /**
   * Folders of other processes of this machine. `drop` removes a master's files there too; for the other
   * process they are then misses.
   */
  readonly otherFolders?: readonly string[];
  /**
   * Whether entries of a name are kept on disk; default all. Return false for copies of masters if the object
   * store is on the same disk.
   */
  readonly keeps?: (name: string) => boolean;
}

export interface DerivedStoreOptions {
  /** Most bytes kept in memory. */
  readonly memoryBytes: number;
  /** Largest entry kept in memory, in bytes. */
  readonly maxMemoryEntryBytes: number;
  /** Largest entry kept at all, in bytes. */
  readonly maxEntryBytes: number;
  /** Default: none. */
  readonly disk?: DiskOptions;
  /** Called when the disk fails. The store continues with the entries that it can still reach. */
  readonly onError?: (error: unknown) => void;
  /** Unix milliseconds; default the system's clock. */
  readonly now?: () => number;
}

export interface LocalDerivedStore extends DerivedStore {
  /** Resolves when the entries of earlier processes are indexed; until then they are misses. */
  readonly ready: Promise<void>;
  /** Usage of the memory and, if there is one, of the disk. */
  stats(): readonly TierStats[];
}

/**
 * A store of derived bytes on this machine: all entries on disk, small ones also in memory. The disk survives a
 * restart. Its folder may be deleted at any time, and several processes may share it: a file that another
 * process removed is a miss, and a file that another process wrote is found after a restart. The bound applies
 * to each process.
 *
 * The public and the private side have separate folders, and their keys begin with the side's name, so no id or
 * name passed to one side can name an entry of the other.
 *
 * Files are not synced. Their names contain length and checksum. A process that did not write a file checks both
 * at its first read, so a file that a power failure tore or altered is a miss.
 *
 * @example
 * const derived = createDerivedStore({
 *   memoryBytes: 64 * 2 ** 20,
 *   maxMemoryEntryBytes: 2 ** 20,
 *   maxEntryBytes: 32 * 2 ** 20,
 *   disk: {
 *     maxBytes: 2 ** 30,
 *     folder: '/var/lib/aura/cache',
 *     keeps: (name) => name !== 'master',
 *   },
 * });
 * await derived.public.set(objectId, 'v1-w400-webp', bytes);
 */
export function createDerivedStore(options: DerivedStoreOptions): LocalDerivedStore {
  const { maxEntryBytes } = options;
  const keepsOnDisk = options.disk?.keeps ?? (() => true);
  const now = createUseClock(options.now ?? Date.now);
  const memory = createMemoryTier({
    maxBytes: options.memoryBytes,
    maxEntryBytes: Math.min(maxEntryBytes, options.maxMemoryEntryBytes),
    now,
  });
  const disk = createDisk(options, memory.maxEntryBytes, now);
  const tiers = { memory, disk, maxEntryBytes, keepsOnDisk };
  return {
    public: createSide('public', tiers),
    private: createSide('private', tiers),
    ready: disk?.ready ?? Promise.resolve(),
    stats: () => [memory.stats(), ...(disk === null ? [] : [disk.stats()])],
    async drop(objectId) {
      const owners = SIDES.map((side) => ownerOf(side, objectId)).filter((owner) => owner !== null);
      for (const owner of owners) memory.drop(owner);
      await Promise.all(owners.map((owner) => disk?.drop(owner)));
    },
    async *objects(limit) {
      await disk?.ready;
      const batch = new Set<string>();
      for (const tier of [memory, disk]) {
        for (const owner of tier?.owners() ?? []) {
          batch.add(objectIdIn(owner));
          if (batch.size < limit) continue;
          yield [...batch];
          batch.clear();
          await nextTurn();
        }
      }
      if (batch.size > 0) yield [...batch];
    },
  };
}

/** Strictly increasing, so that it also orders what happens within one millisecond. */
function createUseClock(now: () => number): () => number {
  let last = 0;
  return () => {
    last = Math.max(now(), last + 0.001);
    return last;
  };
}

interface Tiers {
  readonly memory: MemoryTier;
  readonly disk: DiskTier | null;
  readonly maxEntryBytes: number;
  readonly keepsOnDisk: (name: string) => boolean;
}

function createSide(side: Side, { memory, disk, maxEntryBytes, keepsOnDisk }: Tiers): DerivedSide {
  return {
    maxEntryBytes: Math.max(memory.maxEntryBytes, disk?.maxEntryBytes ?? 0),

    async get(objectId, name, as) {
      const key = keyOf(side, objectId, name);
      if (key === null) return null;
      const file = as === 'file' ? await disk?.get(key, as) : undefined;
      if (file?.file !== undefined) return file;
      const kept = memory.get(key);
      if (kept !== null) {
        disk?.touch(key); // otherwise the disk would evict the most read entries first
        return kept;
      }
      const body = (await disk?.get(key)) ?? null;
      // Not if it was dropped during the read.
      const project = body?.bytes === undefined ? undefined : disk?.projectOf(key);
      if (body?.bytes !== undefined && project !== undefined) memory.set(key, project, body.bytes);
      return body;
    },

    async set({ objectId, project }, name, bytes) {
      const key = keyOf(side, objectId, name);
      if (key === null || !isProject(project) || bytes.length > maxEntryBytes) return false;
      const inMemory = memory.set(key, project, bytes);
      const onDisk = keepsOnDisk(name) && ((await disk?.set(key, project, bytes)) ?? false);
      return inMemory || onDisk;
    },

    async remove(objectId, name, reason) {
      const key = keyOf(side, objectId, name);
      if (key === null) return;
      memory.remove(key, reason);
      await disk?.remove(key, reason);
    },

    async names(objectId, prefix) {
      const owner = ownerOf(side, objectId);
      if (owner === null) return [];
      // A read from memory counts on disk, too, so the disk knows the later time.
      const uses = new Map([...memory.usesOf(owner), ...(disk?.usesOf(owner) ?? [])]);
      return [...uses]
        .sort(([, a], [, b]) => a - b)
        .map(([key]) => nameIn(key))
        .filter((name) => name.startsWith(prefix));
    },
  };
}

function createDisk(
  { disk, maxEntryBytes, onError = () => {} }: DerivedStoreOptions,
  maxWholeBytes: number,
  now: () => number,
): DiskTier | null {
  if (disk === undefined || disk.maxBytes <= 0) return null;
  const { folder, otherFolders = [], maxBytes } = disk;
  return createDiskTier({
    folder,
    otherFolders,
    maxBytes,
    maxEntryBytes,
    maxWholeBytes,
    now,
    onError,
  });
}
