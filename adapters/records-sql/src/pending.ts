import { existsSync } from 'node:fs';
import { DatabaseSync } from '@photostructure/sqlite';
import pg from 'pg';
import { missingMigrations } from './migrate.js';
import { explainStart } from './postgres/explain-start.js';
import { parsePostgresLocation } from './postgres/location.js';
import { clientConfig } from './postgres/pool.js';
import type { DatabasePlace } from './transfer/transfer.js';

/** How far a database is from what this program wants. */
export interface Pending {
  /** Migrations that it has; none: it is no database of ours yet, or is not there. */
  readonly applied: number;
  /** Names of those that it lacks, in order. */
  readonly missing: readonly string[];
}

type Applied = { name: string; checksum: string };

const QUERY = 'SELECT name, checksum FROM migrations ORDER BY name';

/**
 * Looks which migrations a database lacks, and changes nothing.
 *
 * @throws {MigrationError} when it is newer than this program, or was migrated otherwise
 * @throws {DatabaseSetupError} when it cannot be used
 */
export async function pendingMigrations(place: DatabasePlace): Promise<Pending> {
  const applied =
    place.kind === 'sqlite' ? appliedInFile(place.file) : await appliedInServer(place.url);
  const missing = missingMigrations(place.kind, applied).map(({ name }) => name);
  return { applied: applied.length, missing };
}

function appliedInFile(file: string): Applied[] {
  if (!existsSync(file)) return []; // opening would make it
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
  client.on('error', () => {}); // the statement under way fails as well
  try {
    await client.connect();
    const { rows } = await client.query<{ there: boolean }>(
      `SELECT to_regclass('migrations') IS NOT NULL AS there`,
    );
    return rows[0]?.there ? (await client.query<Applied>(QUERY)).rows : [];
  } catch (error) {
    throw explainStart(error, location);
  } finally {
    await client.end().catch(() => {});
  }
}
