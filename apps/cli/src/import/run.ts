import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ReceiptClaims } from '@auraimage/protocol';
import { decodeJwt } from 'jose/jwt/decode';
import { pMapIterable } from 'p-map';
import type { Api } from '../api.js';
import { CliError, EXIT, interruptedError } from '../errors.js';
import type { NameOf } from '../upload/names.js';
import { createUploadToken, type FileOutcome, type Sender, sendFile } from '../upload/send.js';
import type { Report, ReportLine } from './report.js';
import { positionOf, type Reason, type Source, SourceError, type SourceItem } from './source.js';

/** Finished items that may wait for an earlier one, as a multiple of the concurrency. */
const BACKLOG = 8;
/** How often a file is tried while the server does not answer: about 30 seconds. */
const ATTEMPTS = 8;

export interface ImportRun {
  readonly api: Api;
  readonly cdn: Api;
  readonly project: string;
  readonly visibility: 'private' | 'public';
  readonly nameOf: NameOf;
  readonly source: Source;
  readonly report: Report;
  /** Whether to take only what was refused before. */
  readonly retry: boolean;
  readonly concurrency: number;
  /** Ctrl-C: what has begun is finished. */
  readonly signal: AbortSignal;
  readonly onLine: (line: ReportLine) => void;
}

/**
 * Imports a source, several items at once, and writes a line about each in the order of the source.
 *
 * @throws an error that every other item would meet, too. The report then ends before the first item that is not done
 */
export async function runImport(run: ImportRun): Promise<void> {
  const { source, report, retry, concurrency, signal, onLine } = run;
  let ending: { readonly error: unknown } | undefined;
  const isEnding = () => ending !== undefined || signal.aborted;
  const inTurn = createTurns();

  async function* items(): AsyncGenerator<SourceItem> {
    try {
      for await (const item of source.items(retry ? null : report.after)) {
        if (isEnding()) return;
        if (!retry || report.refused.has(positionOf(item))) yield item;
      }
    } catch (error) {
      ending ??= { error };
    }
  }
  const work = async (item: SourceItem): Promise<ReportLine | null> => {
    if (isEnding()) return null;
    try {
      return await importItem(run, item, inTurn);
    } catch (error) {
      ending ??= { error };
      return null;
    }
  };

  const limits = { concurrency, backpressure: concurrency * BACKLOG };
  let hasGap = false;
  for await (const line of pMapIterable(items(), work, limits)) {
    if (line === null) hasGap = true;
    // What is done behind a gap is found on the server by the next run.
    if (line === null || hasGap) continue;
    await report.write(line);
    onLine(line);
  }
  if (signal.aborted) throw interruptedError();
  if (ending !== undefined) throw ending.error;
  await report.finish();
}

type InTurn = <T>(name: string, work: () => Promise<T>) => Promise<T>;

/** Of items that would get one name, the first in the order of the source gets it. */
function createTurns(): InTurn {
  const current = new Map<string, Promise<unknown>>();
  return async (name, work) => {
    const mine = Promise.resolve(current.get(name)).then(work, work);
    current.set(name, mine);
    try {
      return await mine;
    } finally {
      if (current.get(name) === mine) current.delete(name);
    }
  };
}

async function importItem(
  { nameOf, ...run }: ImportRun,
  item: SourceItem,
  inTurn: InTurn,
): Promise<ReportLine> {
  const { source, row, path, skip, refuse } = item;
  const at = row === undefined ? { source } : { row, source };
  if (skip !== undefined) return { ...at, status: 'skipped', error: skip };
  if (refuse !== undefined) return { ...at, status: 'refused', error: refuse };
  const naming = nameOf({ below: path });
  if (naming === null || 'problem' in naming) {
    const message = naming?.problem ?? '';
    return { ...at, status: 'refused', error: { code: 'name_invalid', message } };
  }
  const { name } = naming;
  return inTurn(name, async () => ({ ...at, ...(await sendItem(run, item, name)) }));
}

let serial = 0;

async function sendItem(
  { api, cdn, project, signal, report, ...run }: Omit<ImportRun, 'nameOf'>,
  item: SourceItem,
  name: string,
): Promise<Omit<ReportLine, 'source'>> {
  const { source, fileName, visibility = run.visibility, metadata } = item;
  const temporary = join(report.temporary, String(++serial));
  try {
    const fetched = await fetchItem(item, temporary);
    if (typeof fetched !== 'string') {
      const status = fetched.code === 'not_an_image' ? 'skipped' : 'refused';
      return { status, key: name, error: fetched };
    }
    const { size } = await stat(fetched);
    const terms = { project, visibility, largest: size, ...(metadata && { metadata }) };
    const sender: Sender = {
      api,
      cdn,
      project,
      visibility,
      dryRun: false,
      nameOf: () => ({ name }),
      overwrite: false,
      uploadToken: createUploadToken(api, terms),
      attempts: ATTEMPTS,
      signal,
      equalFiles: new Map(),
    };
    const file = { file: source, path: fetched, below: fileName, size };
    const outcome = await sendFile(sender, file);
    if (outcome.status === 'uploaded') await verify(api, project, outcome);
    return lineOf(outcome, name);
  } catch (error) {
    if (error instanceof CliError && error.code === 'not_verified') {
      const { code, message } = error;
      return { status: 'refused', key: name, error: { code, message } };
    }
    throw error;
  } finally {
    await rm(temporary, { force: true });
  }
}

/** The path of the item's bytes, or why there are none. */
async function fetchItem(item: SourceItem, temporary: string): Promise<string | Reason> {
  try {
    return await item.fetch(temporary);
  } catch (error) {
    const isOwn = error instanceof CliError && error.exit === EXIT.failed;
    if (isOwn && !(error instanceof SourceError)) {
      return { code: error.code, message: error.message };
    }
    // A file of the source that cannot be read concerns nothing else. A full disk does.
    if (error instanceof Error && 'path' in error && error.path !== temporary) {
      return { code: 'file_unreadable', message: error.message };
    }
    throw error;
  }
}

/**
 * Compares what the server has stored with what was read. An image that differs is deleted: this import made it.
 *
 * @throws {CliError} `not_verified`
 */
async function verify(api: Api, project: string, { key = '', sha256, receipt }: FileOutcome) {
  const path = { project, key };
  const stored =
    receipt === undefined
      ? (await api((client) => client.GET('/v1/images/{project}/{key}', { params: { path } })))
          .sha256
      : decodeJwt<ReceiptClaims>(receipt).sha256;
  if (stored === sha256) return;
  await api((client) => client.DELETE('/v1/images/{project}/{key}', { params: { path } }));
  throw new CliError('The server received other bytes than were sent, and they were deleted', {
    code: 'not_verified',
  });
}

function lineOf(outcome: FileOutcome, name: string): Omit<ReportLine, 'source'> {
  const { status, error, key = name, visibility, size, sha256 } = outcome;
  if (error !== undefined) return { status: 'refused', key, error };
  const facts = {
    key,
    ...(visibility === undefined ? {} : { visibility }),
    ...(size === undefined ? {} : { size }),
    ...(sha256 === undefined ? {} : { sha256 }),
  };
  return { status: status === 'uploaded' ? 'imported' : 'existing', ...facts };
}
