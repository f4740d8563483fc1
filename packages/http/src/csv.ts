import { queryOf, targetOf } from './context.js';
import { z } from './schemas.js';

/** A table to download. */
export interface CsvTable {
  /** Such as `my-app-usage.csv`: letters, digits, `.`, `_` and `-`. */
  readonly fileName: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | number | boolean | null)[])[];
}

/** Query of a route whose result can be had as a table. */
export const csvQuery = {
  format: z.enum(['json', 'csv'], 'must be "json" or "csv"').optional().openapi({
    description: '`csv`: as a table to download. So does `Accept: text/csv`',
  }),
};

/** Whether a request asks for a table: by its query, or without one by `Accept`. */
export function wantsCsv({ url, headers }: Pick<Request, 'url' | 'headers'>): boolean {
  const format = queryOf(targetOf(url)).get('format');
  if (format !== null) return format === 'csv';
  return /(?:^|,)\s*text\/csv\b/i.test(headers.get('accept') ?? '');
}

/**
 * Writes a table as CSV (RFC 4180) with a line of column names. Spreadsheets take a text that begins with `=`, `+`, `-`,
 * `@`, a tab or a carriage return for a formula, so it gets an apostrophe in front
 * (https://owasp.org/www-community/attacks/CSV_Injection).
 *
 * @example
 * toCsv({ fileName: 'a.csv', columns: ['name', 'reads'], rows: [['=1+1', 5]] }); // "name,reads\r\n'=1+1,5\r\n"
 */
export function toCsv({ columns, rows }: CsvTable): string {
  return [columns, ...rows].map((row) => `${row.map(toCell).join(',')}\r\n`).join('');
}

function toCell(value: string | number | boolean | null): string {
  if (value === null) return '';
  if (typeof value !== 'string') return String(value);
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
