import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { ObjectStore, VariantStore } from '@auraimage/edge';
import { createFsObjectStore, createFsVariantStore } from '@auraimage/objects-fs';
import { openS3Stores } from '@auraimage/objects-s3';
import { openSqliteRecords } from '@auraimage/records-sql';
import type { Config } from './config.js';
import { loadMasterKey } from './master-key.js';

export type Stores = Awaited<ReturnType<typeof openStores>>;

/** Told when a store is away that may come back. */
type OnAway = (problem: unknown) => void;

/** Opens what keeps data: the records, and the folder or bucket of objects. Makes both on the first start. */
export async function openStores(config: Config, onAway: OnAway) {
  const { dataDir, masterKey } = config;
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const key = await loadMasterKey(dataDir, masterKey);
  const records = await openSqliteRecords({ file: join(dataDir, 'aura.db'), masterKey: key });
  const { objects, variants, close } = await openObjects(config, onAway);
  return {
    ...records,
    objects,
    variants,
    async close() {
      await Promise.all([records.close(), close()]);
    },
  };
}

interface Objects {
  readonly objects: ObjectStore;
  readonly variants: VariantStore;
  close(): Promise<void>;
}

async function openObjects(config: Config, onAway: OnAway): Promise<Objects> {
  const { dataDir, storage, privateVariantBytes, storageSeconds, sessionToken } = config;
  const { accessKeyId, secretAccessKey } = config;
  if (storage === undefined || accessKeyId === undefined || secretAccessKey === undefined) {
    const root = join(dataDir, 'store');
    const objects = await createFsObjectStore({ root });
    const variants = await createFsVariantStore({ root, maxBytes: privateVariantBytes });
    return { objects, variants, close: async () => {} };
  }
  return openS3Stores({
    location: storage,
    credentials: {
      accessKeyId,
      secretAccessKey,
      ...(sessionToken !== undefined && { sessionToken }),
    },
    answerMs: storageSeconds * 1000,
    spoolFolder: join(dataDir, 'spool'),
    variantBytes: privateVariantBytes,
    onAway,
  });
}
