import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import {
  createRekeyCiphers,
  type MasterKeyChange,
  type Rekeyed,
  reencryptSecrets,
  verifyMasterKey,
} from '../database/master-key.js';
import type { Database } from '../database/schema.js';
import { toSetupError } from './errors.js';
import { parsePostgresLocation } from './location.js';
import { migrate } from './migrate.js';
import { clientConfig } from './pool.js';

export interface PostgresRekeyOptions extends MasterKeyChange {
  /** See {@link parsePostgresLocation}. */
  readonly url: string;
}

/**
 * `rekeySqliteRecords` for a PostgreSQL database. It erases the old ciphertexts from the tables only: the WAL and
 * backups of the server still contain them.
 *
 * @throws {DatabaseSetupError} when the database cannot be used
 * @throws {WrongMasterKeyError} when `masterKey` is not the current one; nothing is changed
 * @throws {RangeError} when a key does not have 32 bytes, or both are the same
 */
export async function rekeyPostgresRecords({
  url,
  ...keys
}: PostgresRekeyOptions): Promise<Rekeyed> {
  const { from, to } = createRekeyCiphers(keys);
  const location = parsePostgresLocation(url);
  await migrate(location);
  // Without the timeouts of the usual pool: there may be many secrets.
  const pool = new pg.Pool({ ...clientConfig(location), max: 1 });
  pool.on('error', () => {}); // the running statement fails as well
  const db = new Kysely<Database>({ dialect: new PostgresDialect({ pool }) });
  try {
    await verifyMasterKey(db, from);
    const secrets = await reencryptSecrets(db, from, to);
    return { secrets, erased: await erase(pool) };
  } finally {
    await db.destroy();
  }
}

/** Whether another AuraImage process is connected to the database. */
export async function isPostgresInUse(url: string): Promise<boolean> {
  const location = parsePostgresLocation(url);
  const client = new pg.Client(clientConfig(location));
  client.on('error', () => {}); // the running statement fails as well
  try {
    await client.connect();
    const { rows } = await client.query(
      `SELECT 1 FROM pg_stat_activity WHERE datname = current_database()
         AND application_name = current_setting('application_name') AND pid <> pg_backend_pid()`,
    );
    return rows.length > 0;
  } catch (error) {
    throw toSetupError(error, location);
  } finally {
    await client.end().catch(() => {});
  }
}

/** Rewrites the tables, because old row versions still contain the old ciphertexts. */
async function erase(pool: pg.Pool): Promise<boolean> {
  try {
    await pool.query('VACUUM FULL projects, secret_keys, receipt_keys, settings');
    return true;
  } catch {
    return false;
  }
}
