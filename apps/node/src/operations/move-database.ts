import { existsSync } from 'node:fs';
import {
  checkD1Key,
  type DatabasePlace,
  isInUse,
  isPostgresInUse,
  openPostgresRecords,
  openSqliteRecords,
  type TransferOptions,
  type TransferReport,
  transferDatabase,
} from '@auraimage/records-sql';
import { type Config, ConfigError } from '../config/config.js';
import { existingMasterKey } from '../startup/master-key.js';

/** How to copy a database into another one of its kind. */
const SAME_KIND = {
  sqlite: 'To copy an SQLite database, use aura-server backup',
  postgres: 'To copy a PostgreSQL database, use pg_dump and pg_restore',
  d1: 'To copy a D1 database, use npx wrangler d1 export',
} as const;

export type MoveListeners = Pick<TransferOptions, 'onProgress' | 'onClosing' | 'onEnding'>;

/**
 * Copies the rows of a database into an empty database of another kind. The master key is checked on the source
 * before, and on the target afterwards.
 *
 * @throws {ConfigError} if a server has one of them open, or there is no master key
 */
export async function moveDatabase(
  config: Config,
  from: DatabasePlace,
  to: DatabasePlace,
  on: MoveListeners,
): Promise<TransferReport> {
  if (from.kind === to.kind) throw new ConfigError(SAME_KIND[from.kind]);
  if (from.kind === 'sqlite' && !existsSync(from.file)) {
    throw new ConfigError(`There is no database ${from.file}`);
  }
  for (const place of [from, to]) {
    if (!(await isOpenElsewhere(place))) continue;
    throw new ConfigError(
      `A server has the ${place === from ? 'source' : 'target'} open: stop it first, and start it when the move is done`,
    );
  }
  const masterKey = await existingMasterKey(config);
  await tryKey(from, masterKey);
  const report = await transferDatabase({ from, to, ...on });
  await tryKey(to, masterKey);
  return report;
}

/** Of a D1 database the transfer makes sure that no Worker changes it. */
async function isOpenElsewhere(place: DatabasePlace): Promise<boolean> {
  if (place.kind === 'd1') return false;
  if (place.kind === 'postgres') return isPostgresInUse(place.url);
  return existsSync(place.file) && isInUse(place.file);
}

/** Opens the database with the key, which also migrates the tables of one that is no Worker's. */
async function tryKey(place: DatabasePlace, masterKey: Buffer): Promise<void> {
  if (place.kind === 'd1') return checkD1Key(place, masterKey);
  const records = await (place.kind === 'sqlite'
    ? openSqliteRecords({ file: place.file, masterKey })
    : openPostgresRecords({ url: place.url, masterKey }));
  await records.close();
}
