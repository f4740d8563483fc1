import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { SqliteConnection } from './sqlite.js';

/** Which database a migration is for, and the name of its folder. */
type Dialect = 'sqlite' | 'postgres';

/** Thrown when the database is not one that this program's migrations make. */
export class MigrationError extends Error {
  readonly code = 'migration_failed';
  override readonly name = 'MigrationError';
}

interface Migration {
  readonly name: string;
  readonly sql: string;
  readonly checksum: string;
}

/**
 * Brings the database up to date, in one transaction that excludes every other writer: of two
 * processes that start together, one migrates and the other finds it done.
 *
 * @throws {MigrationError} when the database is newer than this program, or was migrated otherwise
 */
export function migrate({ database }: SqliteConnection): void {
  database.exec('BEGIN IMMEDIATE');
  try {
    database.exec(`
      CREATE TABLE IF NOT EXISTS migrations (
        name TEXT PRIMARY KEY,
        checksum TEXT NOT NULL,
        applied_at INTEGER NOT NULL
      ) STRICT;
      CREATE TABLE IF NOT EXISTS settings (
        name TEXT PRIMARY KEY,
        value BLOB NOT NULL
      ) STRICT;
    `);
    const applied = database
      .prepare('SELECT name, checksum FROM migrations ORDER BY name')
      .all() as { name: string; checksum: string }[];

    const record = database.prepare('INSERT INTO migrations VALUES (?, ?, ?)');
    for (const { name, sql, checksum } of missingMigrations('sqlite', applied)) {
      database.exec(sql);
      record.run(name, checksum, Date.now());
    }
    database.exec('COMMIT');
  } catch (error) {
    database.exec('ROLLBACK');
    throw error;
  }
}

/**
 * The migrations that a database lacks, in order.
 *
 * @param applied those that it has, by name
 * @throws {MigrationError} when they are not the first of this program's
 */
export function missingMigrations(
  dialect: Dialect,
  applied: readonly Pick<Migration, 'name' | 'checksum'>[],
): Migration[] {
  const known = readMigrations(dialect);
  checkHistory(applied, known);
  return known.slice(applied.length);
}

function readMigrations(dialect: Dialect): Migration[] {
  const folder = fileURLToPath(new URL(`../migrations/${dialect}/`, import.meta.url));
  const names = readdirSync(folder).filter((name) => name.endsWith('.sql'));
  return names.sort().map((name) => {
    const sql = readFileSync(`${folder}${name}`, 'utf8');
    return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
  });
}

function checkHistory(
  applied: readonly Pick<Migration, 'name' | 'checksum'>[],
  known: readonly Migration[],
): void {
  for (const [index, { name, checksum }] of applied.entries()) {
    const expected = known[index];
    if (expected === undefined) {
      throw new MigrationError(`the database is newer than this program: it has ${name}`);
    }
    if (expected.name !== name || expected.checksum !== checksum) {
      throw new MigrationError(`the database's migration ${name} is not this program's`);
    }
  }
}
