/** A table that is moved, and the columns that put its rows in order. */
export interface Table {
  readonly name: string;
  readonly key: readonly string[];
}

/**
 * Every table but those that are left behind. In an order in which no row names one that comes later.
 */
export const TABLES: readonly Table[] = [
  { name: 'settings', key: ['name'] },
  { name: 'accounts', key: ['id'] },
  { name: 'projects', key: ['id'] },
  { name: 'secret_keys', key: ['id'] },
  { name: 'images', key: ['project_id', 'key'] },
  { name: 'deletions', key: ['id'] },
  { name: 'cli_tokens', key: ['id'] },
  { name: 'invitations', key: ['id'] },
  { name: 'audit_log', key: ['seq'] },
  { name: 'usage_hours', key: ['project_id', 'hour'] },
  { name: 'users', key: ['id'] },
  { name: 'credentials', key: ['id'] },
  { name: 'sessions', key: ['id'] },
  { name: 'device_requests', key: ['id'] },
];

/**
 * Tables that a database may have besides: `migrations` and the notes on what changed are its own, and counts
 * of the last minutes are of no use elsewhere.
 */
export const LEFT_BEHIND: ReadonlySet<string> = new Set([
  'migrations',
  'rate_limits',
  'image_changes',
]);

/** A value as both databases mean it: flags are 0 and 1, times ISO 8601 texts in UTC with milliseconds. */
export type Value = string | number | Uint8Array | null;

/** The values of a row, in the order of its columns. */
export type Row = readonly Value[];

/** One of the two databases, with a transaction open. */
export interface Side {
  /** Names of every table. */
  tables(): Promise<readonly string[]>;
  /** Names of a table's columns, sorted. */
  columns(table: string): Promise<readonly string[]>;
  /** How many rows a table has. */
  count(table: string): Promise<number>;
  /**
   * A page of rows, in order of the key.
   *
   * @param after the key's values in the last row of the page before
   */
  read(table: Table, columns: readonly string[], after: Row | null): Promise<readonly Row[]>;
  write(table: string, columns: readonly string[], rows: readonly Row[]): Promise<void>;
  /** Makes what was written count. */
  commit(): Promise<void>;
  /** Ends the transaction, where it is open still, and the connection. */
  close(): Promise<void>;
}

/** Rows of a page. */
const PAGE = 500;

/** SQL that reads a page: both databases understand it. */
export function pageQuery(
  { name, key }: Table,
  columns: readonly string[],
  isFirst: boolean,
  placeholder: (n: number) => string,
): string {
  const keys = key.join(', ');
  const bound = `WHERE (${keys}) > (${key.map((_, n) => placeholder(n + 1)).join(', ')})`;
  const list = columns.map((column) => `"${column}"`).join(', ');
  return `SELECT ${list} FROM ${name} ${isFirst ? '' : bound} ORDER BY ${keys} LIMIT ${PAGE}`;
}
