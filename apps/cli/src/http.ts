import { setTimeout as sleep } from 'node:timers/promises';
import { CliError, EXIT, interruptedError } from './errors.js';
import { printable } from './output.js';

const REQUEST_LIMIT_MS = 30_000;
const MAX_ATTEMPTS = 8;
/** Longest wait for one Retry-After, and for all of one request together. */
const MAX_WAIT_MS = 90_000;
const DEFAULT_PATIENCE_MS = 30_000;

export interface RequestOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | FormData;
  /** Milliseconds until an answer must be complete. Default 30 s. */
  readonly limitMs?: number;
  /** Milliseconds to wait in all where the server asks to come back later. Default 30 s. */
  readonly patienceMs?: number;
}

/** The server answered, and refused. */
export class RefusedError extends CliError {
  constructor(
    readonly status: number,
    code: string,
    message: string,
    fix: string | undefined,
    /** The JSON body. */
    readonly body: Readonly<Record<string, unknown>>,
  ) {
    super(message, {
      code,
      exit: status === 401 ? EXIT.signedOut : EXIT.failed,
      ...(fix === undefined ? {} : { fix }),
    });
  }
}

/** Nobody answered, or not in time. */
export class UnreachableError extends CliError {}

/**
 * Sends a request whose answer is JSON or empty. 429 and 503 are tried again when the server says
 * so; a redirect is an error, for it would lose the method or send a secret elsewhere.
 *
 * @param setting the environment variable that says where this server is, to name it in errors
 * @throws {RefusedError} for an answer other than 2xx, {@link UnreachableError} for none
 */
export async function requestJson(
  url: string,
  setting: string,
  options: RequestOptions,
  signal: AbortSignal,
): Promise<unknown> {
  let patience = options.patienceMs ?? DEFAULT_PATIENCE_MS;
  for (let attempt = 1; ; attempt++) {
    const { response, text } = await send(url, setting, options, signal);
    if (response.ok) return parseAnswer(text, url, setting);
    const wait = waitOf(response, attempt);
    if (wait === null || wait > patience || attempt === MAX_ATTEMPTS) {
      throw refused(response, text, url, setting);
    }
    patience -= wait;
    await pause(wait, signal);
  }
}

/** Waits, unless the person interrupts. */
export async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(milliseconds, undefined, { signal });
  } catch {
    throw interruptedError();
  }
}

async function send(
  url: string,
  setting: string,
  { method = 'GET', headers = {}, body, limitMs = REQUEST_LIMIT_MS }: RequestOptions,
  signal: AbortSignal,
) {
  try {
    const response = await fetch(url, {
      method,
      headers,
      redirect: 'manual',
      signal: AbortSignal.any([signal, AbortSignal.timeout(limitMs)]),
      ...(body === undefined ? {} : { body }),
    });
    return { response, text: await response.text() };
  } catch (cause) {
    if (signal.aborted) throw interruptedError();
    const reason = causeOf(cause);
    throw new UnreachableError(`${new URL(url).origin} did not answer${reason}`, {
      cause,
      code: 'unreachable',
      fix: `Check ${setting}, and that the server runs.`,
    });
  }
}

/** Milliseconds that the server asks to wait; null where trying again would not help. */
function waitOf(response: Response, attempt: number): number | null {
  if (response.status !== 429 && response.status !== 503) return null;
  const asked = response.headers.get('retry-after');
  const seconds = asked === null ? Number.NaN : Number(asked);
  if (Number.isFinite(seconds) && seconds >= 0) {
    const milliseconds = Math.max(seconds * 1000, 100);
    return milliseconds > MAX_WAIT_MS ? null : milliseconds;
  }
  return 250 * 2 ** attempt;
}

function refused(response: Response, text: string, url: string, setting: string): RefusedError {
  const { status, headers } = response;
  const location = headers.get('location');
  if (status >= 300 && status < 400) {
    const target = location === null ? 'elsewhere' : new URL(location, url).origin;
    const fix = `Set ${setting} to the address that answers itself.`;
    return new RefusedError(status, 'redirected', `${url} leads to ${target}`, fix, {});
  }
  const body = parseObject(text);
  const { message } = body;
  const code = headers.get('x-aura-error');
  if (typeof message !== 'string' || code === null) return strange(status, url, setting);
  const fix =
    status === 401 ? 'Run aura login, or set AURA_TOKEN to a token that is valid.' : undefined;
  return new RefusedError(status, printable(code), printable(message), fix, body);
}

function strange(status: number, url: string, setting: string): RefusedError {
  const { origin } = new URL(url);
  const message = `${origin} answered with status ${status}, but not as AuraImage does`;
  return new RefusedError(status, 'not_auraimage', message, `Check ${setting}.`, {});
}

function parseAnswer(text: string, url: string, setting: string): unknown {
  if (text === '') return null;
  try {
    return JSON.parse(text);
  } catch {
    // A site that answers everything with its front page, mostly.
    throw strange(200, url, setting);
  }
}

function parseObject(text: string): Readonly<Record<string, unknown>> {
  try {
    return Object(JSON.parse(text));
  } catch {
    return {};
  }
}

/** Why there was no answer, as far as fetch tells: a code such as ECONNREFUSED, or the time limit. */
function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  if (error.name === 'TimeoutError') return ' in time';
  const { cause } = error;
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  return typeof code === 'string' ? ` (${code})` : '';
}
