import { hkdfSync } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createBetterAuthIdentity } from '@auraimage/identity-better-auth';
import { createFsObjectStore, createFsVariantStore } from '@auraimage/objects-fs';
import { openSqliteRecords } from '@auraimage/records-sql';
import type { Config } from './config.js';
import { loadMasterKey } from './master-key.js';

export type Stores = Awaited<ReturnType<typeof openStores>>;

/** Opens what keeps data: the records, and the folder of objects. Makes both on the first start. */
export async function openStores({
  dataDir,
  masterKey,
  privateVariantBytes,
}: Pick<Config, 'dataDir' | 'masterKey' | 'privateVariantBytes'>) {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const key = await loadMasterKey(dataDir, masterKey);
  const records = await openSqliteRecords({ file: join(dataDir, 'aura.db'), masterKey: key });
  const identity = await createBetterAuthIdentity({
    kysely: records.kysely,
    secret: Buffer.from(hkdfSync('sha256', key, '', 'identity', 32)).toString('base64url'),
  });
  const root = join(dataDir, 'store');
  const objects = await createFsObjectStore({ root });
  const variants = await createFsVariantStore({ root, maxBytes: privateVariantBytes });
  return { ...records, identity, objects, variants };
}
