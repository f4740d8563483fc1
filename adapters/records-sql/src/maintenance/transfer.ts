import { createHash } from 'node:crypto';
import { openPostgresSide } from './postgres-side.js';
import { openSqliteSource, openSqliteTarget } from './sqlite-side.js';
import { EXCLUDED_TABLES, type Row, type Side, TABLES, type Table } from './tables.js';

/** A database, by its file or its URL. */
export type DatabasePlace =
  | { readonly kind: 'sqlite'; readonly file: string }
  | { readonly kind: 'postgres'; readonly url: string };

/** Thrown when a database cannot be copied. The message says why. */
export class TransferError extends Error {
  readonly code = 'transfer_refused';
  override readonly name = 'TransferError';
}

export interface TransferOptions {
  readonly from: DatabasePlace;
  /** Created or migrated; must have no rows. */
  readonly to: DatabasePlace;
  readonly onProgress?: (done: number, total: number) => void;
}

export interface TransferReport {
  /** Rows of each table. */
  readonly tables: readonly { readonly name: string; readonly rows: number }[];
  readonly rows: number;
}

/**
 * Copies every table into an empty database of the other dialect, in one transaction. Before the commit, every
 * row is read back and compared by number and SHA-256 per table. Secrets stay encrypted with the same master
 * key.
 *
 * Stop all writers of the source first; later changes are not copied.
 *
 * @throws {TransferError} when the target has rows, or the tables of the two differ
 *
 * @example
 * await transferDatabase({ from: { kind: 'sqlite', file }, to: { kind: 'postgres', url } });
 */
export async function transferDatabase({
  from,
  to,
  onProgress,
}: TransferOptions): Promise<TransferReport> {
  const source = await openSource(from);
  try {
    const target = await openTarget(to);
    try {
      await compareTables(source, target);
      return await copyAll(source, target, onProgress ?? (() => {}));
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
}

async function copyAll(
  source: Side,
  target: Side,
  onProgress: (done: number, total: number) => void,
): Promise<TransferReport> {
  let total = 0;
  for (const { name } of TABLES) total += await source.count(name);
  let done = 0;
  const written = [];
  for (const table of TABLES) {
    const columns = await source.columns(table.name);
    const digest = await walk(source, table, columns, async (rows) => {
      await target.write(table.name, columns, rows);
      done += rows.length;
      onProgress(done, total);
    });
    written.push({ table, columns, ...digest });
  }
  for (const { table, columns, rows, sha256 } of written) {
    const read = await walk(target, table, columns);
    if (read.rows === rows && read.sha256 === sha256) continue;
    throw new TransferError(
      `${table.name}: ${read.rows} rows with SHA-256 ${read.sha256} were read back, not ${rows} with ${sha256}`,
    );
  }
  await target.commit();
  return { tables: written.map(({ table: { name }, rows }) => ({ name, rows })), rows: done };
}

/** Reads a table page by page. Returns the number and the digest of its rows. */
async function walk(
  side: Side,
  table: Table,
  columns: readonly string[],
  onPage: (rows: readonly Row[]) => Promise<void> = async () => {},
): Promise<{ readonly rows: number; readonly sha256: string }> {
  const hash = createHash('sha256');
  const keyAt = table.key.map((column) => columns.indexOf(column));
  let count = 0;
  let last: Row | null = null;
  for (;;) {
    const rows: readonly Row[] = await side.read(table, columns, last);
    const end = rows.at(-1);
    if (end === undefined) return { rows: count, sha256: hash.digest('hex') };
    for (const row of rows) hash.update(`${JSON.stringify(row.map(forDigest))}\n`);
    await onPage(rows);
    count += rows.length;
    last = keyAt.map((at) => end[at] ?? null);
  }
}

function forDigest(value: Row[number]): unknown {
  return value instanceof Uint8Array ? { bytes: Buffer.from(value).toString('hex') } : value;
}

/** Fails for unknown tables and columns, which would not be copied. */
async function compareTables(source: Side, target: Side): Promise<void> {
  const known = TABLES.map(({ name }) => name).sort();
  for (const side of [source, target]) {
    const present = (await side.tables()).filter((name) => !EXCLUDED_TABLES.has(name)).sort();
    if (present.join() === known.join()) continue;
    throw new TransferError(
      `a database has the tables ${present.join(', ')}, not ${known.join(', ')}: start a server of this version on it once, or give AuraImage a database of its own`,
    );
  }
  for (const { name } of TABLES) {
    const [one, other] = [await source.columns(name), await target.columns(name)];
    if (one.join() !== other.join()) {
      throw new TransferError(
        `the columns of ${name} differ: ${one.join(', ')} in the source, ${other.join(', ')} in the target`,
      );
    }
    const rows = await target.count(name);
    if (rows > 0) {
      throw new TransferError(`the target has ${rows} rows in ${name}: use an empty database`);
    }
  }
}

async function openSource(place: DatabasePlace): Promise<Side> {
  return place.kind === 'sqlite'
    ? openSqliteSource(place.file)
    : openPostgresSide(place.url, 'source');
}

async function openTarget(place: DatabasePlace): Promise<Side> {
  return place.kind === 'sqlite'
    ? openSqliteTarget(place.file)
    : openPostgresSide(place.url, 'target');
}
