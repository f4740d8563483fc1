/** A table to copy, and the columns that order its rows. */
export interface Table {
  readonly name: string;
  readonly key: readonly string[];
}

/** Tables to copy, in an order that satisfies their foreign keys. */
export const TABLES: readonly Table[] = [
  { name: 'settings', key: ['name'] },
  { name: 'accounts', key: ['id'] },
  { name: 'projects', key: ['id'] },
  { name: 'project_members', key: ['project_id', 'account_id'] },
  { name: 'secret_keys', key: ['id'] },
  { name: 'images', key: ['project_id', 'key'] },
  { name: 'revoked_names', key: ['project_id', 'key'] },
  { name: 'presets', key: ['project_id', 'name'] },
  { name: 'revoked_recipients', key: ['project_id', 'sub'] },
  { name: 'webhooks', key: ['id'] },
  { name: 'webhook_events', key: ['seq'] },
  { name: 'webhook_deliveries', key: ['seq'] },
  { name: 'webhook_attempts', key: ['delivery_seq', 'number'] },
  { name: 'deletions', key: ['id'] },
  { name: 'cli_tokens', key: ['id'] },
  { name: 'invitations', key: ['id'] },
  { name: 'audit_log', key: ['seq'] },
  { name: 'usage_hours', key: ['project_id', 'hour'] },
  { name: 'receipt_keys', key: ['seq'] },
  { name: 'named_usage', key: ['project_id', 'kind', 'day', 'name'] },
  { name: 'users', key: ['id'] },
  { name: 'credentials', key: ['id'] },
  { name: 'sessions', key: ['id'] },
  { name: 'device_requests', key: ['id'] },
  { name: 'second_factors', key: ['id'] },
  { name: 'backup_codes', key: ['second_factor_id', 'code_hash'] },
];

/** Tables that are not copied: their rows belong to one database or expire within minutes. */
export const EXCLUDED_TABLES: ReadonlySet<string> = new Set([
  'migrations',
  'rate_limits',
  'image_changes',
]);

/** Thrown when a database cannot be copied. The message says why. */
export class TransferError extends Error {
  readonly code = 'transfer_refused';
  override readonly name = 'TransferError';
}

/** A value in the common format: flags are 0 and 1, times are ISO 8601 texts in UTC with milliseconds. */
export type Value = string | number | Uint8Array | null;

/** The values of a row, in the order of its columns. */
export type Row = readonly Value[];

/** A database of a transfer. */
export interface TransferDatabase {
  /** Keeps others from changing rows, where opening it has not done so. */
  lock?(): Promise<void>;
  /** @throws {TransferError} when somebody has undone {@link lock} */
  verifyLock?(): Promise<void>;
  /** Keeps others from reading rows, which are those of another database from now on. */
  end?(): Promise<void>;
  /** Names of every table. */
  tables(): Promise<readonly string[]>;
  /** Names of a table's columns, sorted. */
  columns(table: string): Promise<readonly string[]>;
  /** Number of rows of a table. */
  count(table: string): Promise<number>;
  /**
   * A page of rows, ordered by key.
   *
   * @param after key of the last row of the previous page
   */
  read(table: Table, columns: readonly string[], after: Row | null): Promise<readonly Row[]>;
  /** Rolls back an open transaction and closes the connection. */
  close(): Promise<void>;
}

/** The database that rows are copied to. */
export interface Target extends TransferDatabase {
  /**
   * Takes an interrupted transfer up again, where a database can.
   *
   * @param check the value of the source's setting `master_key_check`, which no other database has
   * @returns the number of rows in each table, which are the first ones of the source; `null` if there was no such transfer
   */
  resume?(check: Uint8Array): Promise<ReadonlyMap<string, number> | null>;
  write(table: string, columns: readonly string[], rows: readonly Row[]): Promise<void>;
  /** Makes the rows those of a database in use. */
  commit(): Promise<void>;
}

/** Tables of better-auth, which SQLite stores with times as texts. */
const WITH_TIMES = new Set(['users', 'credentials', 'sessions', 'device_requests']);

/** Whether a column of SQLite has times as texts. */
export const isTimeText = (table: string, column: string): boolean =>
  WITH_TIMES.has(table) && column.endsWith('_at');

/** Rows of every page but the last. The API of D1 takes four requests a second. */
export const PAGE = 1000;

/**
 * SQL of a page, for every dialect.
 *
 * @param list what to select
 */
export function pageQuery(
  { name, key }: Table,
  list: readonly string[],
  isFirst: boolean,
  placeholder: (n: number) => string,
): string {
  const keys = key.join(', ');
  const bound = `WHERE (${keys}) > (${key.map((_, n) => placeholder(n + 1)).join(', ')})`;
  return `SELECT ${list.join(', ')} FROM ${name} ${isFirst ? '' : bound} ORDER BY ${keys} LIMIT ${PAGE}`;
}

/** Names as SQL takes them, whatever they are. */
export const quoted = (columns: readonly string[]): readonly string[] =>
  columns.map((column) => `"${column}"`);
