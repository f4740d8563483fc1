import pg from 'pg';
import { MigrationError, missingMigrations } from '../migrate.js';
import { DatabaseSetupError, explainStart } from './explain-start.js';
import type { PostgresLocation } from './location.js';
import { clientConfig } from './pool.js';

const LEAST_VERSION = 14;
/** Two numbers that are nobody else's: taken by whoever migrates. */
const LOCK = [0x61757261, 1] as const;

/**
 * Brings the database up to date in one transaction, under a lock that one process holds at a time: of
 * many that start together, one migrates and the others find it done.
 *
 * @throws {DatabaseSetupError} when the database cannot be used, with what to do about it
 * @throws {MigrationError} when it is newer than this program, or was migrated otherwise
 */
export async function setUp(location: PostgresLocation): Promise<void> {
  // A connection of its own: building an index may take longer than any request may.
  const client = new pg.Client(clientConfig(location));
  client.on('error', () => {}); // the statement under way fails as well
  try {
    await client.connect();
    await checkServer(client);
    await client.query('BEGIN');
    await client.query('SELECT pg_advisory_xact_lock($1, $2)', [...LOCK]);
    await migrate(client);
    await client.query('COMMIT');
  } catch (error) {
    if (error instanceof MigrationError) throw error;
    throw explainStart(error, location);
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
  if (major < LEAST_VERSION) {
    throw new DatabaseSetupError(
      `AURA_DATABASE_URL: PostgreSQL ${LEAST_VERSION} or newer is needed, and the server is ${major}`,
    );
  }
  if (encoding !== 'UTF8') {
    throw new DatabaseSetupError(
      `AURA_DATABASE_URL: the database's encoding is ${encoding}: make one with ENCODING 'UTF8' TEMPLATE template0`,
    );
  }
  if (replica) {
    throw new DatabaseSetupError(
      'AURA_DATABASE_URL: the server is a copy that takes no changes: name the primary',
    );
  }
}

async function migrate(client: pg.Client): Promise<void> {
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
  for (const { name, sql, checksum } of missingMigrations('postgres', applied)) {
    await client.query(sql);
    await client.query('INSERT INTO migrations VALUES ($1, $2, $3)', [name, checksum, Date.now()]);
  }
}
