import { closeSync, openSync } from 'node:fs';
import { StorageFullError, StorageUnavailableError } from '@auraimage/ports';
import { DatabaseSync, type StatementSyncInstance } from '@photostructure/sqlite';
import {
  type SelectModifierNode,
  type SqliteDatabase,
  SqliteDialect,
  SqliteQueryCompiler,
  type SqliteStatement,
  sql,
} from 'kysely';
import type { PrepareRead } from './point-read.js';
import { createReserve } from './reserve.js';
import type { SqlConnection } from './sql-connection.js';
import { createPrepareRead } from './sqlite-reads.js';
import { uncut } from './uncut.js';

const MAX_STATEMENTS = 200;

type Handle = InstanceType<typeof DatabaseSync>;

/** A database file, open for Kysely, for plain SQL and for the reads that every request makes. */
export interface SqliteConnection extends SqlConnection {
  readonly dialect: SqliteDialect;
  readonly database: Handle;
  /**
   * Reads past Kysely, whose own work would double the time of a point read, on a connection of their
   * own: they never wait for a transaction under way, and never see what it has not committed.
   */
  readonly prepareRead: PrepareRead;
  close(): void;
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
  // Not mapped: SQLite drops the map at every commit of another connection, and the faults that follow
  // make a read of a large table twice as slow.
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
    evenWhenFull: createReserve(`${file}-reserve`),
    hex: (column) => sql<string>`hex(${sql.ref(column)})`,
    close() {
      // Kysely closes its own, but leaves it alone when it was never asked to use it.
      for (const handle of [reader, database]) if (handle.isOpen) handle.close();
    },
  };
}

/** Leaves row locks out: `begin immediate` has locked the whole database, and SQLite has no words for less. */
class LocklessDialect extends SqliteDialect {
  override createQueryCompiler(): SqliteQueryCompiler {
    return new LocklessCompiler();
  }
}

class LocklessCompiler extends SqliteQueryCompiler {
  protected override visitSelectModifier(node: SelectModifierNode): void {
    if (node.modifier?.startsWith('For') !== true) super.visitSelectModifier(node);
  }
}

/** Kysely's driver wants statements that know whether they read, and prepares anew each time. */
function forKysely(database: Handle): SqliteDatabase {
  const statements = new Map<string, SqliteStatement>();
  const prepare = (sql: string): SqliteStatement => {
    // Every transaction of ours writes: taking the lock at once, it can wait for another process's.
    const statement = forKyselyStatement(
      database.prepare(sql === 'begin' ? 'begin immediate' : sql),
    );
    if (sql !== 'rollback') return statement;
    // A full disk ends the transaction by itself (https://sqlite.org/lang_transaction.html §3).
    const run: SqliteStatement['run'] = (parameters) =>
      database.isTransaction ? statement.run(parameters) : { changes: 0n, lastInsertRowid: 0n };
    return { ...statement, run };
  };
  return {
    prepare(sql) {
      const kept = statements.get(sql);
      if (kept !== undefined) return kept;
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
    all: (parameters) => named(() => statement.all(...uncut(parameters))),
    run: (parameters) => named(() => statement.run(...uncut(parameters))),
    iterate: (parameters) => statement.iterate(...uncut(parameters)),
  };
}

/** Names what a statement failed with where another would not fail: a full disk, a lock that was not had in time. */
function named<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    const text = error instanceof Error ? error.message : '';
    if (/database or disk is full|disk I\/O error/.test(text)) {
      throw new StorageFullError('no room left for the database', { cause: error });
    }
    if (/database is locked/.test(text)) {
      throw new StorageUnavailableError('another process keeps the database busy', {
        cause: error,
      });
    }
    throw error;
  }
}
