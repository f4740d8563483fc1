import type { Output } from '../output.js';
import { formatDuration } from '../units.js';

const REQUEST_TIMEOUT_MS = 20_000;
/** A request takes a moment, and a Date header has whole seconds. */
const TOLERATED_SECONDS = 30;

/** The result of one check. */
export interface Check {
  /** Stable name. */
  readonly id: string;
  readonly status: 'ok' | 'warn' | 'fail';
  /** What was found, in plain words. */
  readonly text: string;
  /** What to do about it. */
  readonly fix?: string;
}

export function ok(id: string, text: string): Check {
  return { id, status: 'ok', text };
}

export function warn(id: string, text: string, fix: string): Check {
  return { id, status: 'warn', text, fix };
}

export function fail(id: string, text: string, fix: string): Check {
  return { id, status: 'fail', text, fix };
}

/** `ok` where the condition holds, else `fail`. */
export function expect(
  condition: boolean,
  id: string,
  text: string,
  failure: string,
  fix: string,
): Check {
  return condition ? ok(id, text) : fail(id, failure, fix);
}

export function printCheck(output: Output, { status, text, fix }: Check): void {
  const colour = ({ ok: 'green', warn: 'yellow', fail: 'red' } as const)[status];
  output.print(`${output.paint(colour, status.padEnd(4))}  ${text}`);
  if (fix !== undefined) output.print(`      ${fix}`);
}

/** A response as it came: without retries, redirects not followed. */
export interface RawResponse {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Uint8Array;
  /** `X-Aura-Error`, or an empty text. */
  readonly code: string;
}

/** Sends one request; null where no response comes. */
export async function fetchRaw(
  url: string,
  init: { method?: string; headers?: Readonly<Record<string, string>> } = {},
): Promise<RawResponse | null> {
  try {
    const response = await fetch(url, {
      ...init,
      redirect: 'manual',
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    });
    const { status, headers } = response;
    const bytes = new Uint8Array(await response.arrayBuffer());
    return { status, headers, bytes, code: headers.get('x-aura-error') ?? '' };
  } catch {
    return null;
  }
}

/** The server's time in milliseconds, from the Date header; `NaN` where there is none. */
export function serverTimeOf(response: RawResponse | null): number {
  return Date.parse(response?.headers.get('date') ?? '');
}

/**
 * Compares the server's clock with this machine's.
 *
 * @param server the server's time in milliseconds; `NaN` where it is unknown
 */
export function checkClock(server: number, here: number = Date.now()): Check {
  const seconds = (server - here) / 1000;
  if (Number.isNaN(seconds)) {
    return warn('clock', 'The response has no Date header', 'A proxy seems to remove it.');
  }
  if (Math.abs(seconds) <= TOLERATED_SECONDS) {
    return ok('clock', "The server's clock and this machine's agree");
  }
  const direction = seconds > 0 ? 'ahead of' : 'behind';
  return warn(
    'clock',
    `The server's clock is ${formatDuration(seconds)} ${direction} this machine's`,
    'One of the two is wrong, and links expire by the server: synchronize both with NTP.',
  );
}
