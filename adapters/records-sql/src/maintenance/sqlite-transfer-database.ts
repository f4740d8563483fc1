import { accessSync } from 'node:fs';
import { DatabaseSync } from '@photostructure/sqlite';
import { migrate, openSqlite } from '../sqlite/connection.js';
import {
  isTimeText,
  pageQuery,
  quoted,
  type Target,
  type TransferDatabase,
  type Value,
} from './tables.js';

type Handle = InstanceType<typeof DatabaseSync>;

/** Opens a database as the source. Locks out writers. */
export function openSqliteSource(file: string): TransferDatabase {
  accessSync(file); // opening would create it
  return createTransferDatabase(new DatabaseSync(file));
}

/** Opens or creates a database as the target, and applies pending migrations. */
export function openSqliteTarget(file: string): Target {
  const connection = openSqlite(file);
  try {
    migrate(connection);
  } catch (error) {
    connection.close();
    throw error;
  }
  return createTransferDatabase(connection.database, () => connection.close());
}

function createTransferDatabase(database: Handle, close = () => database.close()): Target {
  database.exec('PRAGMA busy_timeout = 5000; BEGIN IMMEDIATE');
  const rowsOf = (sql: string, values: readonly Value[] = []) =>
    database.prepare(sql).all(...values) as Record<string, Value>[];
  return {
    async tables() {
      const rows = rowsOf(
        `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'`,
      );
      return rows.map(({ name }) => String(name));
    },
    async columns(table) {
      const rows = rowsOf('SELECT name FROM pragma_table_info(?) ORDER BY name', [table]);
      return rows.map(({ name }) => String(name));
    },
    async count(table) {
      return Number(rowsOf(`SELECT count(*) AS n FROM ${table}`)[0]?.['n'] ?? 0);
    },
    async read(table, columns, after) {
      const sql = pageQuery(table, quoted(columns), after === null, () => '?');
      return rowsOf(sql, after ?? []).map((row) =>
        columns.map((column) => {
          const value = row[column] ?? null;
          return isTimeText(table.name, column) && typeof value === 'string'
            ? new Date(value).toISOString()
            : value;
        }),
      );
    },
    async write(table, columns, rows) {
      const list = quoted(columns).join(', ');
      const places = columns.map(() => '?').join(', ');
      const insert = database.prepare(`INSERT INTO ${table} (${list}) VALUES (${places})`);
      for (const row of rows) insert.run(...row);
    },
    async commit() {
      database.exec('COMMIT');
    },
    async close() {
      if (database.isTransaction) database.exec('ROLLBACK');
      close();
    },
  };
}
