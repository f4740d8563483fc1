import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import {
  isInUse,
  isPostgresInUse,
  rekeyPostgresRecords,
  rekeySqliteRecords,
} from '@auraimage/records-sql';
import { type Config, ConfigError } from '../config/config.js';
import { adoptNextKey, removeKeyFile, storeNextKey } from '../startup/master-key.js';
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
  const newMasterKey = given ?? randomBytes(32);
  if (masterKey.equals(newMasterKey)) {
    throw new ConfigError('The new master key is the one that is in use');
  }
  const isOwn = given === undefined;
  if (isOwn) await storeNextKey(dataDir, newMasterKey);
  const keys = { masterKey, newMasterKey };
  const { secrets, erased } = await (url === undefined
    ? rekeySqliteRecords({ file, ...keys })
    : rekeyPostgresRecords({ url, ...keys }));
  await (isOwn ? adoptNextKey(dataDir) : removeKeyFile(dataDir));
  const lines = [
    `${secrets} secrets are encrypted under the new master key.`,
    whatNext(config, isOwn),
  ];
  if (!erased) lines.push('Old text may be left in the database: there was no room to rewrite it.');
  return lines.filter((line) => line !== '').join('\n');
}

function whatNext(
  { masterKey, dataDir }: Pick<Config, 'masterKey' | 'dataDir'>,
  isOwn: boolean,
): string {
  if (!isOwn) return 'From now on set AURA_MASTER_KEY to the new key.';
  const where = `It is in ${dataDir}/master.key.`;
  return masterKey === undefined ? where : `${where} Remove AURA_MASTER_KEY from the settings.`;
}
