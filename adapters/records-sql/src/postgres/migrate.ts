import pg from 'pg';
import { readMigrations } from '../database/migration-files.js';
import { DatabaseSetupError, MigrationError, pendingMigrationsOf } from '../database/migrations.js';
import { toSetupError } from './errors.js';
import type { PostgresLocation } from './location.js';
import { clientConfig } from './pool.js';

const MIN_VERSION = 14;
/** Key of the advisory lock for migrations. */
const LOCK = [0x61757261, 1] as const;

/**
 * Applies the pending migrations in one transaction, under an advisory lock: of several concurrent starts, one
 * migrates.
 *
 * @throws {DatabaseSetupError} when the database cannot be used; the message says what to do
 * @throws {MigrationError} when the database is newer than this version, or differs from it
 */
export async function migrate(location: PostgresLocation): Promise<void> {
  // Without the timeouts of a pool: creating an index may take longer than any request.
  const client = new pg.Client(clientConfig(location));
  client.on('error', () => {}); // the running statement fails as well
  try {
    await client.connect();
    await checkServer(client);
    await client.query('BEGIN');
    await client.query('SELECT pg_advisory_xact_lock($1, $2)', [...LOCK]);
    await applyPending(client);
    await client.query('COMMIT');
  } catch (error) {
    if (error instanceof MigrationError) throw error;
    throw toSetupError(error, location);
  } finally {
    await client.end().catch(() => {});
  }
}

async function checkServer(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ version: string; encoding: string; replica: boolean }>(`
    SELECT current_setting('server_version_num') AS version,
      current_setting('server_encoding') AS encoding, pg_is_in_recovery() AS replica`);
  const [{ version, encoding, replica } = { version: '0', encoding: '', replica: false }] = rows;
  const major = Math.floor(Number(version) / 10_000);
  if (major < MIN_VERSION) {
    throw new DatabaseSetupError(
      `AURA_DATABASE_URL: the server has PostgreSQL ${major}: upgrade it to ${MIN_VERSION} or newer`,
    );
  }
  if (encoding !== 'UTF8') {
    throw new DatabaseSetupError(
      `AURA_DATABASE_URL: the encoding of the database is ${encoding}: create one with ENCODING 'UTF8' TEMPLATE template0`,
    );
  }
  if (replica) {
    throw new DatabaseSetupError(
      'AURA_DATABASE_URL: the server is a read replica: set it to the primary',
    );
  }
}

async function applyPending(client: pg.Client): Promise<void> {
  await client.query(`
    CREATE TABLE IF NOT EXISTS migrations (
      name TEXT COLLATE "C" PRIMARY KEY,
      checksum TEXT NOT NULL,
      applied_at BIGINT NOT NULL
    );
    CREATE TABLE IF NOT EXISTS settings (
      name TEXT COLLATE "C" PRIMARY KEY,
      value BYTEA NOT NULL
    );`);
  const { rows: applied } = await client.query<{ name: string; checksum: string }>(
    'SELECT name, checksum FROM migrations ORDER BY name',
  );
  for (const { name, sql, checksum } of pendingMigrationsOf(readMigrations('postgres'), applied)) {
    await client.query(sql);
    await client.query('INSERT INTO migrations VALUES ($1, $2, $3)', [name, checksum, Date.now()]);
  }
}
