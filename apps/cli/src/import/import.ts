import { createHash } from 'node:crypto';
import type { Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Context } from '../context.js';
import { EXIT, hasCode, usageError } from '../errors.js';
import { printable } from '../output.js';
import { resolveProject } from '../targets.js';
import { isImage } from '../upload/files.js';
import { createNames, type NameOf } from '../upload/names.js';
import { openAddresses } from './addresses.js';
import { readAwsSettings } from './aws.js';
import { openBucket, parseBucket } from './bucket.js';
import { openFolder } from './folder.js';
import { countItems, createProgress } from './progress.js';
import { type ImportIdentity, openReport, type Report, type ReportLine } from './report.js';
import { runImport } from './run.js';
import type { Source } from './source.js';

export interface ImportOptions {
  readonly project?: string;
  readonly visibility: 'private' | 'public';
  readonly prefix?: string;
  readonly all?: boolean;
  readonly concurrency: number;
  readonly report?: string;
  readonly retry?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/**
 * Imports a folder, a bucket or a list of addresses, or continues an import that was interrupted.
 *
 * @param given as the person named the source
 */
export async function importImages(
  ctx: Context,
  given: string,
  options: ImportOptions,
): Promise<void> {
  const { prefix = '', dryRun = false, retry = false } = options;
  const nameOf = createNames({ prefix, keepPaths: true });
  const source = await openSource(ctx, given, options);
  if (dryRun) return plan(ctx, source, nameOf, options);
  // The first Ctrl-C lets current uploads finish.
  const api = await ctx.api(new AbortController().signal);
  const project = await resolveProject(ctx, options.project);
  const identity: ImportIdentity = {
    source: source.identity,
    server: ctx.settings().apiUrl,
    project,
    visibility: options.visibility,
    prefix,
    all: options.all === true,
  };
  const path = reportPath(ctx, options.report, identity);
  const report = await openReport(path, identity);
  try {
    if (report.finished && !retry) {
      ctx.output.note(`This import has finished: ${summary(report)}`);
      ctx.output.note(
        `Report: ${path}. To try again what was refused, pass --retry; to go through everything again, remove the report.`,
      );
      if (report.counts().refused > 0) ctx.setExit(EXIT.failed);
      return;
    }
    if (retry && !report.finished) {
      throw usageError('This import has not finished', 'Run it without --retry first.');
    }
    await run(ctx, { ...options, api, project, source, report, nameOf, retry }, path);
  } finally {
    await report.close();
  }
}

interface RunOptions extends Pick<ImportOptions, 'visibility' | 'concurrency' | 'json'> {
  readonly api: Awaited<ReturnType<Context['api']>>;
  readonly project: string;
  readonly source: Source;
  readonly report: Report;
  readonly nameOf: NameOf;
  readonly retry: boolean;
}

async function run(
  ctx: Context,
  { json = false, ...options }: RunOptions,
  path: string,
): Promise<void> {
  const { host, output } = ctx;
  const { source, report, retry } = options;
  if (report.after !== null && !retry) output.note(`Continuing: ${summary(report)} so far`);
  const progress = createProgress(ctx, report, (isStopped) =>
    countItems(source, retry ? report.refused : null, isStopped),
  );
  const announce = () => output.note('Finishing current uploads. Press Ctrl-C again to stop now.');
  host.signal.addEventListener('abort', announce, { once: true });
  try {
    await runImport({
      ...options,
      cdn: ctx.cdn(new AbortController().signal),
      signal: host.signal,
      onLine: (line) => {
        if (json) output.json(line);
        else if (line.status === 'refused') output.print(refusedText(output, line));
        progress.onLine(line);
      },
    });
  } catch (error) {
    output.status('');
    output.note('The import has stopped: run the same command again to continue.');
    throw error;
  } finally {
    progress.stop();
    output.note(summary(report));
    output.note(`Report: ${path}`);
  }
  if (report.counts().refused > 0) ctx.setExit(EXIT.failed);
}

async function openSource(ctx: Context, given: string, options: ImportOptions): Promise<Source> {
  const { host, output } = ctx;
  const all = options.all === true;
  if (given.startsWith('s3://')) {
    const location = parseBucket(given);
    const settings = await readAwsSettings(host);
    return openBucket(location, { settings, all, signal: host.signal });
  }
  if (/^https?:/i.test(given)) {
    throw usageError('An address is imported from a list', 'Write a CSV file with a column url.');
  }
  const path = resolve(host.cwd, given);
  const facts = await factsOf(path);
  if (facts?.isDirectory()) return openFolder(path, all);
  if (!facts?.isFile()) throw usageError(`There is no folder or file ${printable(given)}`);
  if (isImage(path)) throw usageError('This is an image', 'Upload it: aura upload.');
  return openAddresses(path, {
    signal: host.signal,
    userAgent: `aura/${host.version}`,
    warn: output.warn,
  });
}

/** @returns `null` if nothing has the path */
async function factsOf(path: string): Promise<Stats | null> {
  try {
    return await stat(path);
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return null;
    throw error;
  }
}

/** A report of one's own for each import, so that the same command continues it from everywhere. */
function reportPath(
  { host }: Pick<Context, 'host'>,
  given: string | undefined,
  identity: ImportIdentity,
): string {
  if (given !== undefined) return resolve(host.cwd, given);
  const hash = createHash('sha256').update(JSON.stringify(identity)).digest('hex').slice(0, 16);
  return join(host.home, '.aura', 'imports', `${identity.project}-${hash}.jsonl`);
}

async function plan(
  { output, setExit }: Context,
  source: Source,
  nameOf: NameOf,
  { json = false }: ImportOptions,
): Promise<void> {
  const names = new Map<string, string>();
  const counts = { planned: 0, skipped: 0, refused: 0 };
  for await (const { source: shown, row, path, skip, refuse } of source.items(null)) {
    const at = { ...(row === undefined ? {} : { row }), source: shown };
    const naming = nameOf({ below: path });
    const problem = naming === null || 'problem' in naming ? (naming?.problem ?? '') : null;
    const key = naming !== null && 'name' in naming ? naming.name : '';
    const first = names.get(key);
    const error =
      skip ??
      refuse ??
      (problem !== null ? { code: 'name_invalid', message: problem } : null) ??
      (first !== undefined
        ? { code: 'name_taken', message: `${first} would get this name, too: ${key}` }
        : null);
    const status = skip !== undefined ? 'skipped' : error === null ? 'planned' : 'refused';
    if (status === 'planned') names.set(key, row === undefined ? shown : `Row ${row}`);
    counts[status]++;
    if (json) output.json({ ...at, status, ...(error === null ? { key } : { error }) });
    else if (error === null) output.print(`planned   ${printable(shown)}  →  ${key}`);
    else if (status === 'refused') output.print(refusedText(output, { ...at, error }));
  }
  output.note(
    `${counts.planned} would be imported, ${counts.skipped} skipped, ${counts.refused} refused`,
  );
  if (counts.refused > 0) setExit(EXIT.failed);
}

function refusedText(
  output: Context['output'],
  { source, row, error }: Pick<ReportLine, 'source' | 'row' | 'error'>,
): string {
  const where = row === undefined ? printable(source) : `row ${row}  ${printable(source)}`;
  return `${output.paint('red', 'refused ')}  ${where}  ${error?.message} (${error?.code})`;
}

function summary(report: Report): string {
  const { imported, existing, skipped, refused } = report.counts();
  const count = (number: number) => number.toLocaleString('en-US');
  return `${count(imported)} imported, ${count(existing)} already there, ${count(skipped)} skipped, ${count(refused)} refused`;
}
