import { closeSync, openSync } from 'node:fs';
import { StorageFullError } from '@auraimage/edge';
import { DatabaseSync, type StatementSyncInstance } from '@photostructure/sqlite';
import { type SqliteDatabase, SqliteDialect, type SqliteStatement } from 'kysely';

const MAX_STATEMENTS = 200;

/** A connection that Kysely can use and that runs plain SQL too. */
export interface SqliteConnection {
  readonly dialect: SqliteDialect;
  readonly database: InstanceType<typeof DatabaseSync>;
}

/**
 * Opens a database file (made with mode 0600): WAL, and every commit synced to disk before it
 * returns (https://sqlite.org/pragma.html#pragma_synchronous).
 */
export function openSqlite(file: string): SqliteConnection {
  closeSync(openSync(file, 'a', 0o600)); // SQLite gives its other files the same mode
  const database = new DatabaseSync(file);
  database.exec(`
    PRAGMA busy_timeout = 5000;
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA foreign_keys = ON;
    PRAGMA trusted_schema = OFF;
    PRAGMA cache_size = -65536;
    PRAGMA mmap_size = 268435456;
  `);
  return { database, dialect: new SqliteDialect({ database: forKysely(database) }) };
}

/** Kysely's driver wants statements that know whether they read, and prepares anew each time. */
function forKysely(database: SqliteConnection['database']): SqliteDatabase {
  const statements = new Map<string, SqliteStatement>();
  return {
    prepare(sql) {
      const kept = statements.get(sql);
      if (kept !== undefined) return kept;
      if (statements.size >= MAX_STATEMENTS) statements.clear();
      // Every transaction of ours writes: taking the lock at once, it can wait for another process's.
      const text = sql === 'begin' ? 'begin immediate' : sql;
      const statement = forKyselyStatement(database.prepare(text));
      statements.set(sql, statement);
      return statement;
    },
    close: () => database.close(),
  };
}

function forKyselyStatement(statement: StatementSyncInstance): SqliteStatement {
  return {
    reader: statement.columns().length > 0,
    all: (parameters) => orFull(() => statement.all(...parameters)),
    run: (parameters) => orFull(() => statement.run(...parameters)),
    iterate: (parameters) => statement.iterate(...parameters),
  };
}

function orFull<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    const full =
      error instanceof Error && /database or disk is full|disk I\/O error/.test(error.message);
    if (full) throw new StorageFullError('no room left for the database', { cause: error });
    throw error;
  }
}
