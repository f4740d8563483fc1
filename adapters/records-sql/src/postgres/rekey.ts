import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { encryptAll } from '../encrypt-all.js';
import { openWithMasterKey } from '../master-key-check.js';
import { ciphersOf, type Rekeyed, type RekeyOptions } from '../rekey.js';
import type { Database } from '../schema.js';
import { explainStart } from './explain-start.js';
import { parsePostgresLocation } from './location.js';
import { clientConfig } from './pool.js';
import { setUp } from './set-up.js';

export interface PostgresRekeyOptions extends Omit<RekeyOptions, 'file'> {
  /** Where the database is: see {@link parsePostgresLocation}. */
  readonly url: string;
}

/**
 * The same as `rekeySqliteRecords` for a PostgreSQL database. What is erased are the tables: the server's
 * write-ahead log and its backups have the old texts for as long as they are kept.
 *
 * @throws {DatabaseSetupError} when the database cannot be used
 * @throws {WrongMasterKeyError} when `masterKey` is not the one that is in force; nothing is changed
 * @throws {RangeError} when a key has not 32 bytes, or both are the same
 */
export async function rekeyPostgresRecords({
  url,
  ...keys
}: PostgresRekeyOptions): Promise<Rekeyed> {
  const { from, to } = ciphersOf(keys);
  const location = parsePostgresLocation(url);
  await setUp(location);
  // Without a pool's limits of time: there may be many secrets.
  const pool = new pg.Pool({ ...clientConfig(location), max: 1 });
  pool.on('error', () => {}); // the statement under way fails as well
  const db = new Kysely<Database>({ dialect: new PostgresDialect({ pool }) });
  try {
    await openWithMasterKey(db, from);
    const secrets = await encryptAll(db, from, to);
    return { secrets, erased: await erase(pool) };
  } finally {
    await db.destroy();
  }
}

/** Whether a server of ours, other than this process, is connected to the database. */
export async function isPostgresInUse(url: string): Promise<boolean> {
  const location = parsePostgresLocation(url);
  const client = new pg.Client(clientConfig(location));
  client.on('error', () => {}); // the statement under way fails as well
  try {
    await client.connect();
    const { rows } = await client.query(
      `SELECT 1 FROM pg_stat_activity WHERE datname = current_database()
         AND application_name = current_setting('application_name') AND pid <> pg_backend_pid()`,
    );
    return rows.length > 0;
  } catch (error) {
    throw explainStart(error, location);
  } finally {
    await client.end().catch(() => {});
  }
}

/** Rows that were changed lie on until their table is written anew. */
async function erase(pool: pg.Pool): Promise<boolean> {
  try {
    await pool.query('VACUUM FULL projects, secret_keys, settings');
    return true;
  } catch {
    return false;
  }
}
