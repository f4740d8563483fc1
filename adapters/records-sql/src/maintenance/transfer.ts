import { createHash } from 'node:crypto';
import type { D1ApiOptions, D1Place } from '../d1/http-api.js';
import { CHECK_NAME } from '../database/master-key.js';
import { openD1Source, openD1Target } from './d1-transfer-database.js';
import { openPostgresTransferDatabase } from './postgres-transfer-database.js';
import { openSqliteSource, openSqliteTarget } from './sqlite-transfer-database.js';
import {
  EXCLUDED_TABLES,
  PAGE,
  type Row,
  TABLES,
  type Table,
  type Target,
  type TransferDatabase,
  TransferError,
} from './tables.js';

/** A database of a server, by its file or its URL. */
export type ServerDatabase =
  | { readonly kind: 'sqlite'; readonly file: string }
  | { readonly kind: 'postgres'; readonly url: string };

/** A database of a server or of a Worker. */
export type DatabasePlace = ServerDatabase | D1Place;

/** How far a transfer is, in rows. */
export interface TransferProgress {
  readonly step: 'copied' | 'compared';
  readonly done: number;
  readonly total: number;
}

export interface TransferOptions {
  readonly from: DatabasePlace;
  /** Created or migrated; must have no rows. */
  readonly to: DatabasePlace;
  readonly onProgress?: (progress: TransferProgress) => void;
  /** Called before the source is closed for changes, which only a D1 database is. */
  readonly onClosing?: () => void;
  /** Called before a D1 database that all rows were copied from is ended, so that no Worker reads it. */
  readonly onEnding?: () => void;
  /** How D1 is reached. */
  readonly d1?: D1ApiOptions;
}

export interface TransferReport {
  /** Rows of each table. */
  readonly tables: readonly { readonly name: string; readonly rows: number }[];
  readonly rows: number;
}

/**
 * Copies every table into an empty database of another kind. Every row is read back, and compared by number and SHA-256
 * per table. Secrets stay encrypted with the same master key.
 *
 * Into SQLite and PostgreSQL in one transaction, which commits after the comparison. D1 has none that lasts: until the
 * comparison no server opens the database, and an interrupted copy is continued by the next call with the same source.
 *
 * Stop all writers of the source first; later changes are not copied. A D1 database is closed for changes before, and
 * ended afterwards: then no Worker reads it. It stays so until {@link reopenD1}.
 *
 * @throws {TransferError} when the target has rows, or the tables of the two differ
 *
 * @example
 * await transferDatabase({ from: { kind: 'sqlite', file }, to: { kind: 'postgres', url } });
 */
export async function transferDatabase({
  from,
  to,
  onProgress = () => {},
  onClosing = () => {},
  onEnding = () => {},
  d1,
}: TransferOptions): Promise<TransferReport> {
  const source = await openSource(from, d1);
  try {
    const target = await openTarget(to, d1);
    try {
      await compareTables(source, target);
      const kept = await claimTarget(source, target);
      if (source.lock !== undefined) {
        onClosing();
        await source.lock();
      }
      const report = await copyAll(source, target, kept, onProgress);
      if (source.end !== undefined) {
        onEnding();
        await source.end();
      }
      return report;
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
}

async function copyAll(
  source: TransferDatabase,
  target: Target,
  kept: ReadonlyMap<string, number>,
  onProgress: (progress: TransferProgress) => void,
): Promise<TransferReport> {
  let total = 0;
  for (const { name } of TABLES) total += await source.count(name);
  const createCount = (step: TransferProgress['step']) => {
    let done = 0;
    return (rows: readonly Row[]) => {
      done += rows.length;
      onProgress({ step, done, total });
      return done;
    };
  };
  const copied = createCount('copied');
  const written = [];
  for (const table of TABLES) {
    const columns = await source.columns(table.name);
    let there = kept.get(table.name) ?? 0;
    const digest = await walk(source, table, columns, async (rows) => {
      await target.write(table.name, columns, rows.slice(there));
      there = Math.max(0, there - rows.length);
      copied(rows);
    });
    const expected = await source.count(table.name);
    if (digest.rows !== expected) {
      throw new TransferError(
        `${table.name}: ${digest.rows} rows were read, but the source has ${expected}: repeat it`,
      );
    }
    written.push({ table, columns, ...digest });
  }
  const compared = createCount('compared');
  for (const { table, columns, rows, sha256 } of written) {
    const read = await walk(target, table, columns, async (page) => void compared(page));
    if (read.rows === rows && read.sha256 === sha256) continue;
    throw new TransferError(
      `${table.name}: ${read.rows} rows with SHA-256 ${read.sha256} were read back, not ${rows} with ${sha256}: repeat it with an empty database`,
    );
  }
  await source.verifyLock?.();
  await target.commit();
  return { tables: written.map(({ table: { name }, rows }) => ({ name, rows })), rows: copied([]) };
}

/** Reads a table page by page. Returns the number and the digest of its rows. */
async function walk(
  database: TransferDatabase,
  table: Table,
  columns: readonly string[],
  onPage: (rows: readonly Row[]) => Promise<void> = async () => {},
): Promise<{ readonly rows: number; readonly sha256: string }> {
  const hash = createHash('sha256');
  const keyAt = table.key.map((column) => columns.indexOf(column));
  let count = 0;
  let last: Row | null = null;
  for (;;) {
    const rows: readonly Row[] = await database.read(table, columns, last);
    for (const row of rows) hash.update(`${JSON.stringify(row.map(forDigest))}\n`);
    if (rows.length > 0) await onPage(rows);
    count += rows.length;
    const end = rows.at(-1);
    if (end === undefined || rows.length < PAGE) return { rows: count, sha256: hash.digest('hex') };
    last = keyAt.map((at) => end[at] ?? null);
  }
}

function forDigest(value: Row[number]): unknown {
  return value instanceof Uint8Array ? { bytes: Buffer.from(value).toString('hex') } : value;
}

/** Fails for unknown tables and columns, which would not be copied. */
async function compareTables(source: TransferDatabase, target: TransferDatabase): Promise<void> {
  const known = TABLES.map(({ name }) => name).sort();
  for (const database of [source, target]) {
    const present = (await database.tables()).filter((name) => !EXCLUDED_TABLES.has(name)).sort();
    if (present.join() === known.join()) continue;
    throw new TransferError(
      `a database has the tables ${present.join(', ')}, not ${known.join(', ')}: start a server of this version on it once, or give AuraImage a database of its own`,
    );
  }
  for (const { name } of TABLES) {
    const [one, other] = [await source.columns(name), await target.columns(name)];
    if (one.join() === other.join()) continue;
    throw new TransferError(
      `the columns of ${name} differ: ${one.join(', ')} in the source, ${other.join(', ')} in the target`,
    );
  }
}

/**
 * Takes the target for rows of this source.
 *
 * @returns the number of rows that each table has of them
 * @throws {TransferError} when it has others
 */
async function claimTarget(
  source: TransferDatabase,
  target: Target,
): Promise<ReadonlyMap<string, number>> {
  const settings = { name: 'settings', key: ['name'] };
  const rows = await source.read(settings, ['name', 'value'], null);
  const check = rows.find(([name]) => name === CHECK_NAME)?.[1];
  if (!(check instanceof Uint8Array)) {
    throw new TransferError('the source was never used: start a server on it first');
  }
  const kept = await target.resume?.(check);
  if (kept) return kept;
  for (const { name } of TABLES) {
    const count = await target.count(name);
    if (count === 0) continue;
    throw new TransferError(`the target has ${count} rows in ${name}: use an empty database`);
  }
  return new Map();
}

async function openSource(place: DatabasePlace, d1?: D1ApiOptions): Promise<TransferDatabase> {
  if (place.kind === 'd1') return openD1Source(place, d1);
  return place.kind === 'sqlite'
    ? openSqliteSource(place.file)
    : openPostgresTransferDatabase(place.url, 'source');
}

async function openTarget(place: DatabasePlace, d1?: D1ApiOptions): Promise<Target> {
  if (place.kind === 'd1') return openD1Target(place, d1);
  return place.kind === 'sqlite'
    ? openSqliteTarget(place.file)
    : openPostgresTransferDatabase(place.url, 'target');
}
