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

/** A value in the common format: flags are 0 and 1, times are ISO 8601 texts in UTC with milliseconds. */
export type Value = string | number | Uint8Array | null;

/** The values of a row, in the order of its columns. */
export type Row = readonly Value[];

/** The source or target of a transfer, with an open transaction. */
export interface Side {
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
  write(table: string, columns: readonly string[], rows: readonly Row[]): Promise<void>;
  /** Commits the transaction. */
  commit(): Promise<void>;
  /** Rolls back an open transaction and closes the connection. */
  close(): Promise<void>;
}

/** Rows per page. */
const PAGE = 500;

/** SQL of a page, for both dialects. */
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
