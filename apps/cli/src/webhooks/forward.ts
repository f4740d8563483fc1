import { pause } from '../api.js';
import { printable } from '../output.js';

/** An event as a webhook would send it. */
export interface SignedEvent {
  readonly headers: Readonly<Record<string, string>>;
  /** Exactly the text that was signed. */
  readonly body: string;
}

/** One request to the app. */
export interface Forwarded {
  /** Of the response; `null` without one. */
  readonly status: number | null;
  readonly milliseconds: number;
  /** Why there is no response, such as `ECONNREFUSED`. */
  readonly problem?: string;
  /** Milliseconds until the next request with this event; `null` after the last one. */
  readonly retryMs: number | null;
}

/**
 * For each request. A webhook waits for 15 seconds; an app that stops at a breakpoint gets some more. All attempts
 * together take less time than the server keeps a listener that asks for nothing.
 */
const TIMEOUT_MS = 25_000;
/** Pauses before the second and the third request. A restart of the app takes a few seconds. */
const RETRY_MS = [1000, 5000];

/**
 * Sends an event to the app that is developed, again when it does not succeed. Resolves after a 2xx, and after the
 * last attempt.
 *
 * @param onAttempt called after each request
 * @param signal ends it; rejects then
 */
export async function forward(
  url: string,
  event: SignedEvent,
  onAttempt: (attempt: Forwarded) => void,
  signal: AbortSignal,
  retryMs: readonly number[] = RETRY_MS,
): Promise<void> {
  for (const next of [...retryMs, null]) {
    const attempt = await request(url, event, signal);
    const isDone = attempt.status !== null && attempt.status >= 200 && attempt.status < 300;
    onAttempt({ ...attempt, retryMs: isDone ? null : next });
    if (isDone || next === null) return;
    await pause(next, signal);
  }
}

async function request(
  url: string,
  { headers, body }: SignedEvent,
  signal: AbortSignal,
): Promise<Omit<Forwarded, 'retryMs'>> {
  const started = performance.now();
  const time = () => Math.round(performance.now() - started);
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { ...headers },
      body,
      // As the server does, too.
      redirect: 'manual',
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
    });
    await response.body?.cancel();
    return { status: response.status, milliseconds: time() };
  } catch (error) {
    if (signal.aborted) throw error;
    return { status: null, milliseconds: time(), problem: problemOf(error) };
  }
}

function problemOf(error: unknown): string {
  if (!(error instanceof Error)) return 'failed';
  if (error.name === 'TimeoutError') return 'no response in 25 seconds';
  const { cause } = error;
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  return printable(typeof code === 'string' && code !== '' ? code : error.message);
}
