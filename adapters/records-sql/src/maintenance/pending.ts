import { existsSync } from 'node:fs';
import { DatabaseSync } from '@photostructure/sqlite';
import pg from 'pg';
import { readMigrations } from '../database/migration-files.js';
import { pendingMigrationsOf } from '../database/migrations.js';
import { toSetupError } from '../postgres/errors.js';
import { parsePostgresLocation } from '../postgres/location.js';
import { clientConfig } from '../postgres/pool.js';
import type { ServerDatabase } from './transfer.js';

/** Migration state of a database. */
export interface Pending {
  /** Number of applied migrations; 0 for a new or missing database. */
  readonly applied: number;
  /** Names of the pending migrations, in order. */
  readonly missing: readonly string[];
}

type Applied = { name: string; checksum: string };

const QUERY = 'SELECT name, checksum FROM migrations ORDER BY name';

/**
 * Finds the pending migrations of a database without changing it.
 *
 * @throws {MigrationError} when the database is newer than this version, or differs from it
 * @throws {DatabaseSetupError} when it cannot be used
 */
export async function pendingMigrations(place: ServerDatabase): Promise<Pending> {
  const applied =
    place.kind === 'sqlite' ? appliedInFile(place.file) : await appliedInServer(place.url);
  const missing = pendingMigrationsOf(readMigrations(place.kind), applied).map(({ name }) => name);
  return { applied: applied.length, missing };
}

function appliedInFile(file: string): Applied[] {
  if (!existsSync(file)) return []; // opening would create it
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    const table = database
      .prepare(`SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'migrations'`)
      .get();
    return table === undefined ? [] : (database.prepare(QUERY).all() as Applied[]);
  } finally {
    database.close();
  }
}

async function appliedInServer(url: string): Promise<Applied[]> {
  const location = parsePostgresLocation(url);
  const client = new pg.Client(clientConfig(location));
  client.on('error', () => {}); // the running statement fails as well
  try {
    await client.connect();
    const { rows } = await client.query<{ exists: boolean }>(
      `SELECT to_regclass('migrations') IS NOT NULL AS exists`,
    );
    return rows[0]?.exists ? (await client.query<Applied>(QUERY)).rows : [];
  } catch (error) {
    throw toSetupError(error, location);
  } finally {
    await client.end().catch(() => {});
  }
}
