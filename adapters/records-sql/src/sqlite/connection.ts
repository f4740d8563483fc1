import { closeSync, openSync } from 'node:fs';
import { StorageFullError, StorageUnavailableError } from '@auraimage/ports';
import { DatabaseSync, type StatementSyncInstance } from '@photostructure/sqlite';
import { type SqliteDatabase, SqliteDialect, type SqliteStatement, sql } from 'kysely';
import type { PrepareRead, SqlConnection } from '../database/connection.js';
import { readMigrations } from '../database/migration-files.js';
import { DatabaseSetupError, pendingMigrationsOf } from '../database/migrations.js';
import { LocklessCompiler } from '../database/sqlite-compiler.js';
import { replaceNul } from '../database/transaction.js';
import { createPrepareRead } from './point-reads.js';
import { createReserve } from './reserve.js';

/** Most prepared statements in memory. */
const MAX_STATEMENTS = 200;

type Handle = InstanceType<typeof DatabaseSync>;

/** An open database file: for Kysely, for plain SQL, and for the point read of every request. */
export interface SqliteConnection extends SqlConnection {
  readonly dialect: SqliteDialect;
  readonly database: Handle;
  /**
   * Reads on a second connection, so that they neither wait for an open transaction nor see its uncommitted
   * rows. Without Kysely, which would double the time of a point read.
   */
  readonly prepareRead: PrepareRead;
  close(): void;
}

/**
 * Opens or creates (with mode 0600) a database file, in WAL mode. Every commit is synced to disk before it
 * returns (https://sqlite.org/pragma.html#pragma_synchronous).
 *
 * @throws {DatabaseSetupError} when the file is no database, or a broken one
 */
export function openSqlite(file: string): SqliteConnection {
  closeSync(openSync(file, 'a', 0o600)); // SQLite creates the -wal and -shm files with the same mode
  const database = openHandle(file);
  // Without mmap: SQLite unmaps at every commit of another connection, and the page faults after it make reads
  // of a large table twice as slow.
  const reader = new DatabaseSync(file);
  reader.exec(`
    PRAGMA busy_timeout = 5000;
    PRAGMA query_only = ON;
    PRAGMA trusted_schema = OFF;
    PRAGMA cache_size = -65536;
  `);
  return {
    database,
    dialect: new LocklessDialect({ database: forKysely(database) }),
    prepareRead: createPrepareRead(reader),
    withReserve: createReserve(`${file}-reserve`),
    placeIn: (text, part) => sql<number>`instr(${text}, ${part})`,
    now: () => sql<number>`${Date.now()}`,
    hex: (column) => sql<string>`hex(${sql.ref(column)})`,
    close() {
      // Kysely closes its connection only when it has used it.
      for (const handle of [reader, database]) if (handle.isOpen) handle.close();
    },
  };
}

function openHandle(file: string): Handle {
  const database = new DatabaseSync(file);
  try {
    database.exec(`
      PRAGMA busy_timeout = 5000;
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = FULL;
      PRAGMA foreign_keys = ON;
      PRAGMA trusted_schema = OFF;
      PRAGMA cache_size = -65536;
      PRAGMA mmap_size = 268435456;
    `);
    return database;
  } catch (error) {
    database.close();
    const { message } = error as Error;
    if (!/not a database|malformed/.test(message)) throw error;
    throw new DatabaseSetupError(
      `the file ${file} cannot be used as the database (${message}): restore it from a backup, or set AURA_DATA_DIR to another folder`,
      { cause: error },
    );
  }
}

/** Needs no row locks: `begin immediate` locks the whole database. */
class LocklessDialect extends SqliteDialect {
  override createQueryCompiler(): LocklessCompiler {
    return new LocklessCompiler();
  }
}

/** Adapts the driver to Kysely's interface, and caches prepared statements. */
function forKysely(database: Handle): SqliteDatabase {
  const statements = new Map<string, SqliteStatement>();
  const prepare = (sql: string): SqliteStatement => {
    // Every transaction writes. Locking at the start makes it wait for another process instead of failing later.
    const statement = forKyselyStatement(
      database.prepare(sql === 'begin' ? 'begin immediate' : sql),
    );
    if (sql !== 'rollback') return statement;
    // A full disk rolls the transaction back (https://sqlite.org/lang_transaction.html §3).
    const run: SqliteStatement['run'] = (parameters) =>
      database.isTransaction ? statement.run(parameters) : { changes: 0n, lastInsertRowid: 0n };
    return { ...statement, run };
  };
  return {
    prepare(sql) {
      const known = statements.get(sql);
      if (known !== undefined) return known;
      if (statements.size >= MAX_STATEMENTS) statements.clear();
      const statement = prepare(sql);
      statements.set(sql, statement);
      return statement;
    },
    close: () => database.close(),
  };
}

function forKyselyStatement(statement: StatementSyncInstance): SqliteStatement {
  return {
    reader: statement.columns().length > 0,
    all: (parameters) => withStorageErrors(() => statement.all(...replaceNul(parameters))),
    run: (parameters) => withStorageErrors(() => statement.run(...replaceNul(parameters))),
    iterate: (parameters) => statement.iterate(...replaceNul(parameters)),
  };
}

/** Converts the errors of a full disk and of a lock timeout into those of the ports. */
function withStorageErrors<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    const text = error instanceof Error ? error.message : '';
    if (/database or disk is full|disk I\/O error/.test(text)) {
      throw new StorageFullError('no space left for the database: free space on its disk', {
        cause: error,
      });
    }
    if (/database is locked/.test(text)) {
      throw new StorageUnavailableError('another process holds the lock of the database', {
        cause: error,
      });
    }
    throw error;
  }
}

/**
 * Applies the pending migrations in one transaction, which excludes every other writer: of several
 * concurrent starts, one migrates.
 *
 * @throws {MigrationError} when the database is newer than this version, or differs from it
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
    for (const { name, sql, checksum } of pendingMigrationsOf(readMigrations('sqlite'), applied)) {
      database.exec(sql);
      record.run(name, checksum, Date.now());
    }
    database.exec('COMMIT');
  } catch (error) {
    database.exec('ROLLBACK');
    throw error;
  }
}
