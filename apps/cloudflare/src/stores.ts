import { createDerivedStore } from '@auraimage/cache-local';
import { createWorkersDerivedStore } from '@auraimage/cache-workers';
import type { ControlPorts } from '@auraimage/control';
import type { EdgePorts } from '@auraimage/edge';
import { createBetterAuthIdentity } from '@auraimage/identity-better-auth';
import { createCloudflareEngine } from '@auraimage/imaging-cloudflare';
import { createR2Inventory, createR2ObjectStore } from '@auraimage/objects-r2';
import type { ObjectInventory, ObjectRows } from '@auraimage/ports';
import { createObjectRows, openD1Records, requireOpen } from '@auraimage/records-sql/d1';
import { migrations } from '@auraimage/records-sql/sqlite-migrations';
import { createBusboyReceiver } from '@auraimage/upload-busboy';
import type { Bindings } from './bindings.js';
import type { Config } from './settings.js';

/** Derived bytes in the memory of an isolate, which has 128 MB for everything. */
const CACHE_MEMORY_BYTES = 16 * 1024 * 1024;
const MAX_MEMORY_ENTRY_BYTES = 1024 * 1024;
/** Largest variant of a public image in the cache, in bytes. */
const MAX_CACHE_ENTRY_BYTES = 32 * 1024 * 1024;

/** The ports of both products, but for limits, webhooks and the clock. */
type Stores = Omit<
  EdgePorts & ControlPorts,
  'encodeBudget' | 'uploadRate' | 'attempts' | 'sender' | 'clock'
> & {
  /** What the sweep of orphans looks through. */
  readonly inventory: ObjectInventory;
  readonly rows: ObjectRows;
  requireOpen(): Promise<void>;
};

export interface StoresOptions {
  /** Signs sessions. */
  readonly identityKey: Uint8Array;
  /** Origin of the Worker. */
  readonly origin: string;
  /** Called when the cache fails. */
  readonly onCacheError: (failure: unknown) => void;
  /** Called when what is left of an upload could not be removed. */
  readonly onCleanFailure: (failure: unknown) => void;
}

/** Opens the ports that keep something, and the image engine. Applies pending migrations of the database. */
export async function openStores(
  { DB, MASTERS, IMAGES }: Bindings,
  { masterKey, maxPixels }: Config,
  { identityKey, origin, onCacheError, onCleanFailure }: StoresOptions,
): Promise<Stores> {
  const records = await openD1Records({ binding: DB, masterKey, migrations });
  const { kysely, secondFactors } = records;
  const secret = Buffer.from(identityKey).toString('base64url');
  const memory = createDerivedStore({
    memoryBytes: CACHE_MEMORY_BYTES,
    maxMemoryEntryBytes: MAX_MEMORY_ENTRY_BYTES,
    maxEntryBytes: MAX_CACHE_ENTRY_BYTES,
    onError: onCacheError,
  });
  return {
    ...records,
    identity: createBetterAuthIdentity({ kysely, secondFactors, database: 'sqlite', secret }),
    objects: createR2ObjectStore(MASTERS, { onCleanFailure }),
    inventory: createR2Inventory(MASTERS),
    rows: createObjectRows(kysely),
    requireOpen: () => requireOpen(DB),
    derived: createWorkersDerivedStore({
      memory,
      cache: await caches.open('aura-derived'),
      origin,
      maxEntryBytes: MAX_CACHE_ENTRY_BYTES,
      onError: onCacheError,
    }),
    engine: createCloudflareEngine({ images: IMAGES, maxPixels }),
    receiver: createBusboyReceiver(),
  };
}
