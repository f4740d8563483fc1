import type { Row, Sql } from './binding.js';

/** Part of the error of a statement of {@link assertSame}. */
export const CHANGED = 'changed meanwhile';

/**
 * A statement that fails unless a query has the same rows as before, in any order. In a batch it undoes the others.
 *
 * @param query its values must be texts, whole numbers, bytes or NULL, and its columns have different names
 * @param rows what it returned
 */
export function assertSame({ sql, parameters }: Sql, rows: readonly Row[]): Sql {
  const [first] = rows;
  // An error at run time, with a text of its own. The path must depend on the rows, or SQLite would look at it first.
  const assert = (condition: string) =>
    `SELECT json_extract('{}', CASE WHEN ${condition} THEN '$' ELSE '${CHANGED}' END)`;
  if (first === undefined) return { sql: assert(`NOT EXISTS (${sql})`), parameters };
  const columns = Object.keys(first);
  const line = columns.map((name) => `quote("${name.replaceAll('"', '""')}")`).join(" || ',' || ");
  const lines = (from: string, value: string) =>
    `(SELECT group_concat(${value}, char(10) ORDER BY ${value}) FROM ${from})`;
  const now = lines(`(SELECT ${line} AS line FROM (${sql}))`, 'line');
  const before = lines(`json_each(?${parameters.length + 1})`, 'value');
  const expected = rows.map((row) => columns.map((name) => quote(row[name])).join(','));
  return {
    sql: assert(`${now} IS ${before}`),
    parameters: [...parameters, JSON.stringify(expected)],
  };
}

/** Like SQLite's function `quote`. */
function quote(value: unknown): string {
  if (value === null) return 'NULL';
  if (typeof value === 'string') return `'${value.replaceAll("'", "''")}'`;
  if (Number.isSafeInteger(value)) return String(value);
  if (value instanceof Uint8Array) return `X'${Buffer.from(value).toString('hex').toUpperCase()}'`;
  throw new TypeError('a transaction on D1 reads texts, whole numbers, bytes and NULL');
}
