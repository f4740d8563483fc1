import { createHash } from 'node:crypto';
import { openPostgresSide } from './postgres-side.js';
import { openSqliteSource, openSqliteTarget } from './sqlite-side.js';
import { LEFT_BEHIND, type Row, type Side, TABLES, type Table } from './tables.js';

/** A database, by its file or its URL. */
export type DatabasePlace =
  | { readonly kind: 'sqlite'; readonly file: string }
  | { readonly kind: 'postgres'; readonly url: string };

/** Thrown for databases that cannot be moved as they are. The message says why. */
export class TransferError extends Error {
  readonly code = 'transfer_refused';
  override readonly name = 'TransferError';
}

export interface TransferOptions {
  readonly from: DatabasePlace;
  /** Made, or brought up to date; must hold no rows. */
  readonly to: DatabasePlace;
  readonly onProgress?: (done: number, total: number) => void;
}

export interface TransferReport {
  /** Rows of each table. */
  readonly tables: readonly { readonly name: string; readonly rows: number }[];
  readonly rows: number;
}

/**
 * Copies every table into an empty database of the other kind, in one transaction: cut off at any moment,
 * it has written nothing. Before it is committed, every row is read back, and the number and the SHA-256 of
 * each table's rows are compared. Secrets are copied as they are: encrypted under the same master key.
 *
 * Nobody may write to the source meanwhile; what comes after it was read is not copied.
 *
 * @throws {TransferError} when the target holds rows, or the two do not have the same tables
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
      `${table.name}: ${read.rows} rows with SHA-256 ${read.sha256} were written, not ${rows} with ${sha256}`,
    );
  }
  await target.commit();
  return { tables: written.map(({ table: { name }, rows }) => ({ name, rows })), rows: done };
}

/** Reads a table a page at a time; the number of its rows, and a digest of them all. */
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

/** A table or column that this program does not know would be left behind without a word. */
async function compareTables(source: Side, target: Side): Promise<void> {
  const known = TABLES.map(({ name }) => name).sort();
  for (const side of [source, target]) {
    const there = (await side.tables()).filter((name) => !LEFT_BEHIND.has(name)).sort();
    if (there.join() === known.join()) continue;
    throw new TransferError(
      `a database has the tables ${there.join(', ')} and should have ${known.join(', ')}: start this version’s server on it once, or give AuraImage a database of its own`,
    );
  }
  for (const { name } of TABLES) {
    const [one, other] = [await source.columns(name), await target.columns(name)];
    if (one.join() !== other.join()) {
      throw new TransferError(`${name} has the columns ${one.join(', ')} and ${other.join(', ')}`);
    }
    const rows = await target.count(name);
    if (rows > 0) {
      throw new TransferError(
        `the database that is to be filled has ${rows} rows in ${name} already: give an empty one`,
      );
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
