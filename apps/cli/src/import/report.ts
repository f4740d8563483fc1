import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open, readFile, rm, rmdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { CliError, hasCode, usageError } from '../errors.js';
import { positionOf, type Reason } from './source.js';

/** What became of one item of a source. */
export interface ReportLine {
  readonly source: string;
  readonly row?: number;
  /** `existing`: the project had this image, with these bytes and this visibility. */
  readonly status: 'imported' | 'existing' | 'skipped' | 'refused';
  readonly key?: string;
  readonly visibility?: 'private' | 'public';
  /** Bytes. */
  readonly size?: number;
  readonly sha256?: string;
  readonly error?: Reason;
}

type Counts = Readonly<Record<ReportLine['status'], number>>;

/** Which import a report is of: it is continued only with the same values. */
export interface ImportIdentity {
  readonly source: string;
  readonly server: string;
  readonly project: string;
  readonly visibility: string;
  readonly prefix: string;
  readonly all: boolean;
}

/**
 * The report of an import, and its only state: JSON lines in the order of the source. What precedes the last line is
 * done, so an import that was killed continues behind it.
 */
export interface Report {
  /** Position of the last item; null at the start. */
  readonly after: string | null;
  /** Whether every item of the source has a line. */
  readonly finished: boolean;
  /** Positions of the items that were refused, and not imported since. */
  readonly refused: ReadonlySet<string>;
  readonly counts: () => Counts;
  /** A folder for temporary files, which is removed in the end, or by the next run. */
  readonly temporary: string;
  write(line: ReportLine): Promise<void>;
  /** Writes that every item has a line. */
  finish(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens the report of an import, or begins one. Half a line at its end is removed.
 *
 * @throws a usage error for a report of another import, or one that another process writes
 */
export async function openReport(path: string, identity: ImportIdentity): Promise<Report> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const temporary = join(dirname(path), `.${basename(path)}.tmp`);
  await lock(temporary, path);
  const file = await open(path, 'a+', 0o600);
  try {
    const header = JSON.stringify({ import: identity });
    const state = await readState(path, header);
    await file.truncate(state.bytes);
    if (state.bytes === 0) await file.appendFile(`${header}\n`);
    return reportOf(file, state, temporary);
  } catch (error) {
    await file.close();
    await rm(temporary, { recursive: true, force: true });
    throw error;
  }
}

interface State {
  /** Up to the end of the last whole line. */
  bytes: number;
  after: string | null;
  finished: boolean;
  readonly counts: Record<ReportLine['status'], number>;
  readonly refused: Set<string>;
}

function reportOf(file: FileHandle, state: State, temporary: string): Report {
  const append = (value: unknown) => file.appendFile(`${JSON.stringify(value)}\n`);
  return {
    after: state.after,
    finished: state.finished,
    refused: new Set(state.refused),
    counts: () => ({ ...state.counts }),
    temporary,
    async write(line) {
      await append(line);
      count(state, line);
    },
    async finish() {
      await append({ finished: new Date().toISOString(), ...state.counts });
    },
    async close() {
      await file.close();
      await rm(temporary, { recursive: true, force: true });
    },
  };
}

async function readState(path: string, header: string): Promise<State> {
  const counts = { imported: 0, existing: 0, skipped: 0, refused: 0 };
  const state: State = { bytes: 0, after: null, finished: false, counts, refused: new Set() };
  for await (const line of wholeLines(path)) {
    if (state.bytes === 0) {
      if (line.toString() !== header) {
        throw usageError(
          `${path} is the report of another import, or of an earlier list of addresses`,
          'Name another file with --report, or remove this one.',
        );
      }
    } else {
      const entry = parsed(line, path);
      if ('finished' in entry) state.finished = true;
      else count(state, entry);
    }
    state.bytes += line.length + 1;
  }
  return state;
}

/** After the first pass, a line replaces the earlier one about the same item. */
function count(state: State, line: ReportLine): void {
  const position = positionOf(line);
  if (state.refused.delete(position)) state.counts.refused--;
  if (!state.finished) state.after = position;
  state.counts[line.status]++;
  if (line.status === 'refused') state.refused.add(position);
}

async function* wholeLines(path: string): AsyncGenerator<Buffer> {
  let rest = Buffer.alloc(0);
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    rest = Buffer.concat([rest, chunk]);
    let start = 0;
    for (let end = rest.indexOf(10); end !== -1; end = rest.indexOf(10, start)) {
      yield rest.subarray(start, end);
      start = end + 1;
    }
    rest = rest.subarray(start);
  }
}

function parsed(line: Buffer, path: string): ReportLine | { readonly finished: string } {
  try {
    const value: unknown = JSON.parse(line.toString());
    const { source, status, row, finished } = Object(value);
    if (typeof finished === 'string') return { finished };
    const isLine =
      typeof source === 'string' && /^(?:imported|existing|skipped|refused)$/.test(status);
    if (isLine) return { source, status, ...(typeof row === 'number' ? { row } : {}) };
  } catch {
    // Reported below.
  }
  throw new CliError(`${path} has a line that no import wrote`, {
    fix: 'Name another file with --report: images that are there already are not sent again.',
  });
}

/** Lets one process at a time write a report: a folder beside it names the process, also after it was killed. */
async function lock(folder: string, report: string): Promise<void> {
  const file = join(folder, 'pid');
  const owner = Number(await readFile(file, 'utf8').catch(() => ''));
  if (owner > 0 && owner !== process.pid && isRunning(owner)) {
    throw usageError(
      `Another aura import writes ${report}: process ${owner}`,
      `Wait for it. If there is no such import, remove ${folder}`,
    );
  }
  if (owner > 0) await rm(folder, { recursive: true, force: true });
  else await removeIfEmpty(folder);
  await mkdir(folder, { mode: 0o700 });
  await writeFile(file, String(process.pid));
}

/** A killed command may have left it empty. Whatever else has the name is not of an import. */
async function removeIfEmpty(folder: string): Promise<void> {
  try {
    await rmdir(folder);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return;
    throw usageError(
      `${folder} is in the way: this import keeps temporary files there`,
      'Move it, or name another report with --report.',
    );
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return hasCode(error, 'EPERM');
  }
}
