import { type CompiledQuery, Kysely, sql } from 'kysely';
import { createSecretCipher } from '../database/cipher.js';
import type { PrepareRead } from '../database/connection.js';
import { CHECK_NAME, verifyMasterKey } from '../database/master-key.js';
import type { MigrationFile } from '../database/migrations.js';
import type { Database } from '../database/schema.js';
import { replaceNul } from '../database/transaction.js';
import { createRecords, type SqlRecords } from '../records/records.js';
import { createPrimary, type D1Binding, type Primary } from './binding.js';
import { createD1Dialect } from './dialect.js';
import { migrate } from './migrate.js';

export interface D1RecordsOptions {
  /** The binding of a D1 database. */
  readonly binding: D1Binding;
  /** 32 bytes that encrypt the secrets. */
  readonly masterKey: Uint8Array;
  /** Those of SQLite: `@auraimage/records-sql/sqlite-migrations`. */
  readonly migrations: readonly MigrationFile[];
}

/**
 * Opens the records in a D1 database and applies pending migrations. Every isolate of a Worker does so, at its first
 * request. Every query goes to the primary.
 *
 * @throws {WrongMasterKeyError} when the database was created with another master key
 * @throws {MigrationError} when the database is newer than this version
 *
 * @example
 * const records = await openD1Records({ binding: env.DB, masterKey, migrations });
 */
export async function openD1Records({
  binding,
  masterKey,
  migrations,
}: D1RecordsOptions): Promise<SqlRecords> {
  const cipher = createSecretCipher(masterKey);
  const primary = createPrimary(binding);
  await migrate(primary, migrations);
  const kysely = new Kysely<unknown>({ dialect: createD1Dialect(primary) });
  await verifyMasterKey(kysely.withTables<Database>(), cipher);
  return {
    ...createRecords(kysely, cipher, {
      prepareRead: createPrepareRead(primary),
      withReserve: (change) => change(),
      placeIn: (text, part) => sql<number>`instr(${text}, ${part})`,
      // Of the Worker: a commit compares what a query returned, which a clock in SQL would change.
      now: () => sql<number>`${Date.now()}`,
      hex: (column) => sql<string>`hex(${sql.ref(column)})`,
    }),
    kysely: new Kysely<unknown>({ dialect: createD1Dialect(primary, { reports: true }) }),
    close: () => kysely.destroy(),
  };
}

/**
 * Rejects when `aura-server move` has closed the database for changes, by a change of nothing.
 *
 * @throws {StorageUnavailableError}
 */
export async function requireOpen(binding: D1Binding): Promise<void> {
  await createPrimary(binding).query({
    sql: 'UPDATE settings SET value = value WHERE name = ?1',
    parameters: [CHECK_NAME],
  });
}

/** Each read is one query: only a query shows a Worker whether anything was committed since the last one. */
function createPrepareRead(primary: Primary): PrepareRead {
  return <R, T>(query: CompiledQuery<R>, make: (row: R, project: string) => T) =>
    async (project: string, name: string) => {
      const parameters = replaceNul([project, name]);
      const [row] = await primary.query({ sql: query.sql, parameters });
      return row === undefined ? null : make(row as R, project);
    };
}
