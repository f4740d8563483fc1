import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import {
  isInUse,
  isPostgresInUse,
  rekeyPostgresRecords,
  rekeySqliteRecords,
} from '@auraimage/records-sql';
import { type Config, ConfigError } from '../config/config.js';
import { adoptNextKey, layNextKey, removeKeyFile } from '../startup/master-key.js';
import { databaseFile, openRecords } from '../startup/stores.js';

/**
 * Changes the master key: to the one of `AURA_NEW_MASTER_KEY`, which the operator keeps, or to a new one
 * in the key file. Cut off at any moment it leaves one key that opens the database, and the next start
 * finds it.
 *
 * @returns what to tell the operator
 * @throws {ConfigError} when there is no database, a server has it open, or both keys are the same
 */
export async function rekey(
  config: Pick<
    Config,
    'dataDir' | 'masterKey' | 'newMasterKey' | 'databaseUrl' | 'databaseConnections'
  >,
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
  const newMasterKey = config.newMasterKey ?? randomBytes(32);
  if (masterKey.equals(newMasterKey)) {
    throw new ConfigError('AURA_NEW_MASTER_KEY is the key that is in force');
  }
  const isOwn = config.newMasterKey === undefined;
  if (isOwn) await layNextKey(dataDir, newMasterKey);
  const keys = { masterKey, newMasterKey };
  const { secrets, erased } = await (url === undefined
    ? rekeySqliteRecords({ file, ...keys })
    : rekeyPostgresRecords({ url, ...keys }));
  await (isOwn ? adoptNextKey(dataDir) : removeKeyFile(dataDir));
  const lines = [`${secrets} secrets are encrypted under the new master key.`, whatNext(config)];
  if (!erased) lines.push('Old text may be left in the database: there was no room to rewrite it.');
  return lines.filter((line) => line !== '').join('\n');
}

function whatNext({ masterKey, newMasterKey, dataDir }: Parameters<typeof rekey>[0]): string {
  if (newMasterKey !== undefined) {
    return 'From now on set AURA_MASTER_KEY to what AURA_NEW_MASTER_KEY is.';
  }
  const where = `It is in ${dataDir}/master.key.`;
  return masterKey === undefined ? where : `${where} Take AURA_MASTER_KEY out of the settings.`;
}
