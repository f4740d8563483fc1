import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Dialect of a migration, and the name of its folder. */
type Dialect = 'sqlite' | 'postgres';

/** Thrown when a database cannot be used. The message says what to do and contains no password. */
export class DatabaseSetupError extends Error {
  readonly code = 'database_setup';
  override readonly name = 'DatabaseSetupError';
}

/** Thrown when the migrations of a database are not the first ones of this version. */
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
 * The pending migrations of a database, in order.
 *
 * @param applied the applied ones, by name
 * @throws {MigrationError} when the applied ones are not the first ones of this version
 */
export function pendingMigrationsOf(
  dialect: Dialect,
  applied: readonly Pick<Migration, 'name' | 'checksum'>[],
): Migration[] {
  const known = readMigrations(dialect);
  checkHistory(applied, known);
  return known.slice(applied.length);
}

function readMigrations(dialect: Dialect): Migration[] {
  const folder = fileURLToPath(new URL(`../../migrations/${dialect}/`, import.meta.url));
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
      throw new MigrationError(
        `the database is newer than this version: it has the migration ${name}; start the version that created it, or a newer one`,
      );
    }
    if (expected.name !== name || expected.checksum !== checksum) {
      throw new MigrationError(
        `the migration ${name} of the database differs from this version's: restore a backup, or use a database of its own`,
      );
    }
  }
}
