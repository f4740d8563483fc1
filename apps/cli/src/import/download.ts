import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { pause } from '../api.js';
import { CliError } from '../errors.js';
import { formatBytes } from '../units.js';
import { withCheckedHead } from '../upload/head.js';
import { headProblem, type Reason, SourceError } from './source.js';

const ATTEMPTS = 4;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 60_000;
/** Longest time without a byte. */
const IDLE_MS = 30_000;
const TOTAL_MS = 15 * 60_000;
/** No server takes larger files by default, and an endless response must not fill the disk. */
const MAX_BYTES = 1024 ** 3;

/** Sends a request; called once per attempt. */
export type Send = (signal: AbortSignal) => Promise<Response>;

/** Why a response is not the file. */
interface Refusal extends Reason {
  /** Whether another attempt may help. */
  readonly passing: boolean;
}

interface DownloadOptions {
  /** Ends the pauses between attempts. */
  readonly signal: AbortSignal;
  /** Milliseconds before the second attempt. */
  readonly firstPauseMs?: number;
  readonly refusalOf?: (response: Response) => Promise<Refusal>;
}

/**
 * Saves an image in a new file. Answers that begin as no image are not read further. A 429, a 5xx and a connection that
 * breaks are tried four times.
 *
 * @throws {CliError} `source_not_found`, `source_forbidden`, `source_failed`, `source_unreachable`, `file_empty`,
 *   `type_not_allowed`, `body_too_large`
 */
export async function download(
  send: Send,
  path: string,
  { signal, firstPauseMs = FIRST_PAUSE_MS, refusalOf = refusalByStatus }: DownloadOptions,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const failure = await tryOnce(send, path, refusalOf);
    if (failure === null) return;
    if (!failure.passing || attempt === ATTEMPTS) {
      throw new CliError(failure.message, { code: failure.code });
    }
    const wait = failure.retryAfterMs ?? firstPauseMs * 2 ** (attempt - 1);
    await pause(Math.min(wait, LONGEST_PAUSE_MS), signal);
  }
}

interface Failure extends Refusal {
  readonly retryAfterMs?: number;
}

async function tryOnce(
  send: Send,
  path: string,
  refusalOf: (response: Response) => Promise<Refusal>,
): Promise<Failure | null> {
  const late = new AbortController();
  let idle = setTimeout(() => late.abort(), IDLE_MS);
  const total = setTimeout(() => late.abort(), TOTAL_MS);
  const touch = () => {
    clearTimeout(idle);
    idle = setTimeout(() => late.abort(), IDLE_MS);
  };
  try {
    const response = await send(late.signal);
    if (!response.ok) {
      const seconds = Number(response.headers.get('Retry-After') ?? Number.NaN);
      const failure = await refusalOf(response);
      if (!response.bodyUsed) await response.body?.cancel();
      return Number.isFinite(seconds) ? { ...failure, retryAfterMs: seconds * 1000 } : failure;
    }
    await pipeline(checked(response, touch), createWriteStream(path, { mode: 0o600 }));
    return null;
  } catch (error) {
    if (error instanceof SourceError) throw error;
    if (error instanceof CliError) return { ...reasonOf(error), passing: false };
    if (isLocal(error)) throw error;
    const message = late.signal.aborted ? 'It did not arrive in time' : networkMessage(error);
    return { code: 'source_unreachable', message, passing: true };
  } finally {
    clearTimeout(idle);
    clearTimeout(total);
  }
}

/** The bytes of a response, once they begin as those of an image. */
function checked(response: Response, touch: () => void): AsyncGenerator<Uint8Array> {
  return withCheckedHead(bounded(response, touch), checkHead);
}

async function* bounded(response: Response, touch: () => void): AsyncGenerator<Uint8Array> {
  let size = 0;
  for await (const chunk of response.body ?? []) {
    touch();
    size += chunk.length;
    if (size > MAX_BYTES) throw tooLarge();
    yield chunk;
  }
}

function checkHead(head: Buffer): void {
  const problem = headProblem(head);
  if (problem === null) return;
  throw new CliError(problem.message, { code: problem.code });
}

function tooLarge(): CliError {
  return new CliError(`It has more than ${formatBytes(MAX_BYTES)}`, { code: 'body_too_large' });
}

function reasonOf({ code, message }: CliError): Reason {
  return { code, message };
}

async function refusalByStatus({ status }: Response): Promise<Refusal> {
  const message = `The address answered with status ${status}`;
  if (status === 404 || status === 410)
    return { code: 'source_not_found', message, passing: false };
  if (status === 401 || status === 403)
    return { code: 'source_forbidden', message, passing: false };
  return { code: 'source_failed', message, passing: status === 429 || status >= 500 };
}

/** Errors of the local disk, such as ENOSPC: every other file would meet them. */
function isLocal(error: unknown): boolean {
  return (
    error instanceof Error && 'syscall' in error && /^(?:open|write)$/.test(String(error.syscall))
  );
}

function networkMessage(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  const code = cause instanceof Error && 'code' in cause ? ` (${String(cause.code)})` : '';
  return `The address did not answer${code}`;
}
