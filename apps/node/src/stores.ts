import { hkdfSync } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createBetterAuthIdentity } from '@auraimage/identity-better-auth';
import { createFsObjectStore, createFsVariantStore } from '@auraimage/objects-fs';
import { openSqliteRecords, WrongMasterKeyError } from '@auraimage/records-sql';
import type { Config } from './config.js';
import { adoptNextKey, loadMasterKey, readNextKey } from './master-key.js';

export type Stores = Awaited<ReturnType<typeof openStores>>;

type Place = Pick<Config, 'dataDir' | 'masterKey'>;

/** Opens what keeps data: the records, and the folder of objects. Makes both on the first start. */
export async function openStores(config: Place & Pick<Config, 'privateVariantBytes'>) {
  const { dataDir, privateVariantBytes } = config;
  const { records, key } = await openRecords(config);
  const identity = await createBetterAuthIdentity({
    kysely: records.kysely,
    secret: Buffer.from(hkdfSync('sha256', key, '', 'identity', 32)).toString('base64url'),
  });
  const root = join(dataDir, 'store');
  const objects = await createFsObjectStore({ root });
  const variants = await createFsVariantStore({ root, maxBytes: privateVariantBytes });
  return { ...records, identity, objects, variants };
}

export const databaseFile = (dataDir: string): string => join(dataDir, 'aura.db');

/**
 * Opens the records under the master key. Where a change of the key was cut off after the database had the
 * new one, the change is brought to its end.
 */
export async function openRecords({ dataDir, masterKey }: Place) {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const openWith = async (key: Buffer) => {
    const file = databaseFile(dataDir);
    return { key, records: await openSqliteRecords({ file, masterKey: key }) };
  };
  try {
    return await openWith(await loadMasterKey(dataDir, masterKey));
  } catch (error) {
    const next = error instanceof WrongMasterKeyError ? await readNextKey(dataDir) : null;
    if (next === null) throw error;
    const opened = await openWith(next);
    await adoptNextKey(dataDir);
    return opened;
  }
}
