import { bytesBody, type DerivedSide, type DerivedStore } from '@auraimage/ports';
import { createPublicCache, type PublicCache } from './public-cache.js';

export interface WorkersDerivedStoreOptions {
  /**
   * Keeps small entries of both sides in the memory of this isolate. It gets the private ones and no other store does.
   */
  readonly memory: DerivedStore;
  /** `caches.open(name)`: a cache of its own, of which no request from outside is answered. Not `caches.default`. */
  readonly cache: Cache;
  /** Origin of the addresses in the cache, that of the Worker: Cloudflare advises against the name of another host. */
  readonly origin: string;
  /** Largest public entry, in bytes. A private one is at most as large as the memory's. */
  readonly maxEntryBytes: number;
  /** Called when the cache fails. The entry is then a miss, or not kept. */
  readonly onError?: (error: unknown) => void;
}

/**
 * A store of derived bytes in Workers. Public entries are in the cache of the data centre (the Cache API), which bounds
 * and evicts them by itself, and small ones also in memory. Private entries are in memory only.
 *
 * The cache cannot be listed. So `names`, `objects` and `drop` know what this isolate has in memory; other entries of
 * a master that was deleted or flipped stay until they expire. No request reaches them: an address contains the
 * object's id and the version of the image, and reads look in the side that the image's row names.
 *
 * @example
 * const derived = createWorkersDerivedStore({
 *   memory: createDerivedStore({ memoryBytes: 16 * 2 ** 20, … }),
 *   cache: await caches.open('aura-derived'),
 *   origin: 'https://img.example',
 *   maxEntryBytes: 32 * 2 ** 20,
 * });
 */
export function createWorkersDerivedStore(options: WorkersDerivedStoreOptions): DerivedStore {
  const { memory, maxEntryBytes } = options;
  const cache = createPublicCache(options);
  return {
    public: createPublicSide(memory.public, cache, maxEntryBytes),
    private: memory.private,
    async drop(objectId) {
      const names = await memory.public.names(objectId, '');
      await memory.drop(objectId);
      await Promise.all(names.map((name) => cache.remove(objectId, name)));
    },
    objects: (limit) => memory.objects(limit),
  };
}

function createPublicSide(
  memory: DerivedSide,
  cache: PublicCache,
  maxEntryBytes: number,
): DerivedSide {
  return {
    maxEntryBytes,

    async get(objectId, name) {
      const kept = await memory.get(objectId, name);
      if (kept !== null) return kept;
      const found = await cache.get(objectId, name, memory.maxEntryBytes);
      if (found === null || found.bytes === undefined) return found?.body ?? null;
      await memory.set({ objectId, project: found.project }, name, found.bytes);
      return bytesBody(found.bytes);
    },

    async set(owner, name, bytes) {
      if (bytes.length > maxEntryBytes) return false;
      const inMemory = await memory.set(owner, name, bytes);
      return (await cache.set(owner, name, bytes)) || inMemory;
    },

    async remove(objectId, name, reason) {
      await memory.remove(objectId, name, reason);
      await cache.remove(objectId, name);
    },

    names: (objectId, prefix) => memory.names(objectId, prefix),
  };
}
