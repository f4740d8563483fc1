import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import {
  checkD1Key,
  type D1Place,
  isInUse,
  isPostgresInUse,
  rekeyD1Records,
  rekeyPostgresRecords,
  rekeySqliteRecords,
  WrongMasterKeyError,
} from '@auraimage/records-sql';
import { type Config, ConfigError } from '../config/config.js';
import {
  adoptNextKey,
  existingMasterKey,
  readNextKey,
  removeKeyFile,
  storeNextKey,
} from '../startup/master-key.js';
import { databaseFile, openRecords } from '../startup/stores.js';

/**
 * Changes the master key, to one that the operator keeps or to a new one in the key file. If it is interrupted,
 * one of the two keys opens the database, and the next start finds it.
 *
 * @param given the key that the operator keeps
 * @returns what to tell the operator
 * @throws {ConfigError} if there is no database, a server has it open, or both keys are the same
 */
export async function rekey(
  config: Pick<Config, 'dataDir' | 'masterKey' | 'databaseUrl'>,
  given: Buffer | undefined,
): Promise<string> {
  const { dataDir, databaseUrl: url } = config;
  const file = databaseFile(dataDir);
  if (url === undefined && !existsSync(file)) {
    throw new ConfigError(`There is no database in ${dataDir}`);
  }
  const inUse = url === undefined ? isInUse(file) : await isPostgresInUse(url);
  if (inUse) throw new ConfigError('A server has the database open: stop it first');
  const { records, key: masterKey } = await openRecords(config);
  await records.close();
  const { isOwn, result } = await withNewKey(dataDir, masterKey, given, (keys) =>
    url === undefined
      ? rekeySqliteRecords({ file, ...keys })
      : rekeyPostgresRecords({ url, ...keys }),
  );
  const { secrets, erased } = result;
  const lines = [
    `${secrets} secrets are encrypted under the new master key.`,
    whatNext(config, isOwn),
  ];
  if (!erased) lines.push('Old text may be left in the database: there was no room to rewrite it.');
  return lines.filter((line) => line !== '').join('\n');
}

/**
 * Changes the master key of a Worker's database, as {@link rekey} does.
 *
 * @param place the database
 * @param onClosing called before the Worker cannot change its database any more
 * @throws {ConfigError} if there is no key, or both are the same
 */
export async function rekeyWorker(
  config: Pick<Config, 'dataDir' | 'masterKey'>,
  place: D1Place,
  given: Buffer | undefined,
  onClosing: () => void,
): Promise<string> {
  const { dataDir } = config;
  const masterKey = await workerKey(config, place);
  const { isOwn, result } = await withNewKey(dataDir, masterKey, given, (keys) =>
    rekeyD1Records(place, keys, { onClosing }),
  );
  const file = isOwn ? `${dataDir}/master.key` : 'THE-NEW-KEY-FILE';
  return [
    `${result} secrets are encrypted under the new master key.`,
    'The Worker cannot use them before it has the key. Give it now, in apps/cloudflare:',
    `npx wrangler secret put AURA_MASTER_KEY < ${file}`,
  ].join('\n');
}

/** The key of a Worker's database. Completes a change that was interrupted after the database had the new key. */
async function workerKey(
  config: Pick<Config, 'dataDir' | 'masterKey'>,
  place: D1Place,
): Promise<Buffer> {
  const key = await existingMasterKey(config);
  try {
    await checkD1Key(place, key);
    return key;
  } catch (error) {
    const next = error instanceof WrongMasterKeyError ? await readNextKey(config.dataDir) : null;
    if (next === null) throw error;
    await checkD1Key(place, next);
    await adoptNextKey(config.dataDir);
    return next;
  }
}

/** Keeps a new key durably before a database has it, and replaces the old one afterwards. */
async function withNewKey<T>(
  dataDir: string,
  masterKey: Buffer,
  given: Buffer | undefined,
  change: (keys: { readonly masterKey: Buffer; readonly newMasterKey: Buffer }) => Promise<T>,
): Promise<{ readonly isOwn: boolean; readonly result: T }> {
  const newMasterKey = given ?? randomBytes(32);
  if (masterKey.equals(newMasterKey)) {
    throw new ConfigError('The new master key is the one that is in use');
  }
  const isOwn = given === undefined;
  if (isOwn) await storeNextKey(dataDir, newMasterKey);
  const result = await change({ masterKey, newMasterKey });
  await (isOwn ? adoptNextKey(dataDir) : removeKeyFile(dataDir));
  return { isOwn, result };
}

function whatNext(
  { masterKey, dataDir }: Pick<Config, 'masterKey' | 'dataDir'>,
  isOwn: boolean,
): string {
  if (!isOwn) return 'From now on set AURA_MASTER_KEY to the new key.';
  const where = `It is in ${dataDir}/master.key.`;
  return masterKey === undefined ? where : `${where} Remove AURA_MASTER_KEY from the settings.`;
}
