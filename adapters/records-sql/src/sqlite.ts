import { closeSync, openSync } from 'node:fs';
import { StorageFullError, StorageUnavailableError } from '@auraimage/edge';
import { DatabaseSync, type StatementSyncInstance } from '@photostructure/sqlite';
import {
  type CompiledQuery,
  type SelectModifierNode,
  type SqliteDatabase,
  SqliteDialect,
  SqliteQueryCompiler,
  type SqliteStatement,
  sql,
} from 'kysely';
import { LRUCache } from 'lru-cache';
import type { PrepareRead } from './point-read.js';
import { createReserve } from './reserve.js';
import type { SqlConnection } from './sql-connection.js';

const MAX_STATEMENTS = 200;
/** Rows of one query kept in memory, of a kilobyte at most each. */
const MAX_ROWS = 10_000;

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

/**
 * Rows that were read are used again for as long as nobody has committed anything: SQLite tells by
 * `data_version`, which changes with every commit of every other connection, in this process or another
 * (https://sqlite.org/pragma.html#pragma_data_version). Asking for it is a read of its own, so the answer
 * is as fresh as the row would be. Why: docs/decisions/0008-rows-between-commits.md.
 */
function createPrepareRead(reader: Handle): PrepareRead {
  const dataVersion = reader.prepare('PRAGMA data_version');
  return <R, T>(query: CompiledQuery<R>, make: (row: R, ...parameters: readonly string[]) => T) => {
    const made = new LRUCache<string, { readonly value: T | null }>({ max: MAX_ROWS });
    // Prepared at the first use: the tables may not be there yet.
    let statement: StatementSyncInstance | undefined;
    let version: number | undefined;
    return async (...parameters: readonly string[]) => {
      const { data_version: now } = dataVersion.get() as { data_version: number };
      if (now !== version) {
        made.clear();
        version = now;
      }
      const bound = uncut(parameters);
      const name = bound.join('\0'); // which none of them has
      const kept = made.get(name);
      if (kept !== undefined) return kept.value;
      statement ??= reader.prepare(query.sql);
      const row = statement.get(...bound) as R | undefined;
      const value = row === undefined ? null : make(row, ...parameters);
      made.set(name, { value });
      return value;
    };
  };
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

/**
 * The driver cuts a text at its first NUL, and what is left may be another's name. No name of ours has
 * a U+FFFD.
 */
function uncut<T>(parameters: readonly T[]): unknown[] {
  return parameters.map((value) =>
    typeof value === 'string' ? value.replaceAll('\0', '\ufffd') : value,
  );
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
