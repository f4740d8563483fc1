import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, realpath } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { metadataProblem } from '@auraimage/protocol';
import { CsvError, parse } from 'csv-parse';
import { usageError } from '../errors.js';
import { printable } from '../output.js';
import { download } from './download.js';
import type { Source, SourceItem } from './source.js';

const MAX_RECORD_BYTES = 64 * 1024;
const DELIMITERS = [',', ';', '\t'] as const;
const METADATA = 'metadata.';

interface AddressesOptions {
  readonly signal: AbortSignal;
  /** Sent with each request. */
  readonly userAgent: string;
  readonly warn: (text: string) => void;
  /** Milliseconds before the second attempt at an address. */
  readonly firstPauseMs?: number;
}

/**
 * The addresses in a CSV file (RFC 4180) with a header. Columns: `url`, and optionally `name`, `visibility`, and one
 * for each pair of metadata: `metadata.album`. They are requested from this machine.
 *
 * @param path absolute
 * @throws a usage error for a file without the column `url`
 */
export async function openAddresses(path: string, options: AddressesOptions): Promise<Source> {
  const file = await realpath(path);
  const delimiter = delimiterOf(await firstLine(file));
  // Rows are found by their number: an edited list is another source.
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  const rows = () =>
    createReadStream(file).pipe(
      parse({
        bom: true,
        delimiter,
        trim: true,
        skip_empty_lines: true,
        relax_column_count: true,
        max_record_size: MAX_RECORD_BYTES,
      }),
    );
  let warned = false;
  return {
    identity: `${file}#${hash.digest('hex')}`,
    async *items(after) {
      const from = after === null ? 0 : Number(after);
      let columns: Columns | null = null;
      let row = 0;
      try {
        for await (const cells of rows()) {
          if (columns === null) {
            columns = columnsOf(cells);
            if (columns.unused.length > 0 && !warned) {
              options.warn(`Columns that are not used: ${columns.unused.join(', ')}`);
            }
            warned = true;
            continue;
          }
          row++;
          if (row > from) yield itemOf(row, cells, columns, options);
        }
      } catch (error) {
        if (!(error instanceof CsvError)) throw error;
        throw usageError(`${path} is not a CSV file: ${printable(error.message)}`);
      }
      if (columns === null) throw usageError(`${path} is empty`);
    },
  };
}

async function firstLine(path: string): Promise<string> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(MAX_RECORD_BYTES));
    return buffer.subarray(0, bytesRead).toString('utf8').split(/\r?\n/)[0] ?? '';
  } finally {
    await file.close();
  }
}

/** Spreadsheets write semicolons where the comma is the decimal point. */
function delimiterOf(header: string): string {
  const count = (delimiter: string) => header.split(delimiter).length;
  return DELIMITERS.reduce((best, each) => (count(each) > count(best) ? each : best));
}

interface Columns {
  readonly count: number;
  readonly url: number;
  readonly name: number;
  readonly visibility: number;
  readonly metadata: readonly (readonly [key: string, column: number])[];
  readonly unused: readonly string[];
}

function columnsOf(header: readonly string[]): Columns {
  const names = header.map((name) => name.trim().toLowerCase());
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) throw usageError(`The column ${printable(twice)} is there twice`);
  if (!names.includes('url')) {
    throw usageError(
      'The first row of a list of addresses names its columns, and one of them is url',
      'Columns: url, name, visibility, metadata.album',
    );
  }
  const metadata = names.flatMap((name, column) =>
    name.startsWith(METADATA) ? [[name.slice(METADATA.length), column] as const] : [],
  );
  const problem = metadataProblem(Object.fromEntries(metadata.map(([key]) => [key, ''])));
  if (problem !== null) throw usageError(`The columns of metadata ${problem}`);
  const known = ['url', 'name', 'visibility'];
  return {
    count: names.length,
    url: names.indexOf('url'),
    name: names.indexOf('name'),
    visibility: names.indexOf('visibility'),
    metadata,
    unused: names
      .filter((name) => !known.includes(name) && !name.startsWith(METADATA))
      .map(printable),
  };
}

function itemOf(
  row: number,
  cells: readonly string[],
  columns: Columns,
  { signal, userAgent, firstPauseMs }: AddressesOptions,
): SourceItem {
  const text = cells[columns.url] ?? '';
  const url = addressOf(text);
  const path = url === null ? '' : pathOf(url);
  const base = {
    row,
    source: url === null ? '' : `${url.origin}${url.pathname}`,
    path: cells[columns.name] || path,
    fileName: path.split('/').at(-1) || 'image',
    fetch: async () => '',
  };
  if (cells.length !== columns.count) {
    const message = `The row has ${cells.length} cells in place of ${columns.count}`;
    return { ...base, refuse: { code: 'row_malformed', message } };
  }
  if (url === null) {
    const message = 'The cell is not an http or https URL without user name and password';
    return { ...base, refuse: { code: 'address_invalid', message } };
  }
  const visibility = cells[columns.visibility] || undefined;
  if (visibility !== undefined && visibility !== 'private' && visibility !== 'public') {
    const message = 'The visibility is private or public';
    return { ...base, refuse: { code: 'row_malformed', message } };
  }
  const metadata = Object.fromEntries(
    columns.metadata.flatMap(([key, column]) => (cells[column] ? [[key, cells[column]]] : [])),
  );
  const problem = metadataProblem(metadata);
  if (problem !== null) {
    return { ...base, refuse: { code: 'row_malformed', message: `The metadata ${problem}` } };
  }
  return {
    ...base,
    ...(visibility === undefined ? {} : { visibility }),
    ...(columns.metadata.length === 0 ? {} : { metadata }),
    fetch: async (temporary) => {
      const headers = { 'User-Agent': userAgent, Accept: 'image/*,*/*;q=0.1' };
      const send = (late: AbortSignal) => fetch(url, { headers, signal: late });
      await download(send, temporary, {
        signal,
        ...(firstPauseMs === undefined ? {} : { firstPauseMs }),
      });
      return temporary;
    },
  };
}

function addressOf(text: string): URL | null {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) return null;
  return url.username === '' && url.password === '' ? url : null;
}

/** The path of an address with its characters as people read them. */
function pathOf({ pathname }: URL): string {
  const path = pathname.slice(1);
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
