import { createHash } from 'node:crypto';

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

/** A file of migrations/. */
export interface MigrationFile {
  /** Its name. Migrations are applied in the order of their names. */
  readonly name: string;
  readonly sql: string;
}

interface Migration extends MigrationFile {
  readonly checksum: string;
}

/**
 * The pending migrations of a database, in order.
 *
 * @param files all of this version
 * @param applied the applied ones, by name
 * @throws {MigrationError} when the applied ones are not the first ones of this version
 */
export function pendingMigrationsOf(
  files: readonly MigrationFile[],
  applied: readonly Pick<Migration, 'name' | 'checksum'>[],
): Migration[] {
  const known = files.map(({ name, sql }) => {
    return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
  });
  checkHistory(applied, known);
  return known.slice(applied.length);
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
