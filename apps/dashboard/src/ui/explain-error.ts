import { ApiError, isSignedOut } from '../api/errors.js';
import { texts } from '../texts/index.js';
import { formatSpan } from './format.js';

export interface Explanation {
  /** What has failed. */
  readonly title: string;
  /** What to do. */
  readonly advice: string;
  /** Names the request in the server's log; only where the server is at fault. */
  readonly requestId: string | null;
}

/** An error in words for the person who met it. */
export function explainError(error: unknown): Explanation {
  if (!(error instanceof ApiError)) {
    return { title: texts.errors.failed, advice: texts.errors.unknown, requestId: null };
  }
  const failed = error.status >= 500;
  return {
    // The server's words are for every client: a browser has no bearer token to send.
    title: isSignedOut(error) ? texts.errors.signedOut : error.message,
    advice: adviceFor(error) ?? (failed ? texts.errors.server : texts.errors.waitABit),
    requestId: failed ? error.requestId : null,
  };
}

/** The same in one line, for places that have no room for more. */
export function explainShortly(error: unknown): string {
  const { title, advice } = explainError(error);
  return `${title.replace(/\.$/, '')}. ${advice}`;
}

function adviceFor({ code, status, retryAfterSeconds }: ApiError): string | null {
  if (status === 429 || status === 503) {
    if (retryAfterSeconds === null) return texts.errors.waitABit;
    return texts.errors.wait(formatSpan(retryAfterSeconds));
  }
  const table: Readonly<Record<string, string>> = texts.errors.advice;
  return Object.hasOwn(table, code) ? (table[code] ?? null) : null;
}
