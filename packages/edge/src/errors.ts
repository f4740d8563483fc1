import { CodedError, ERRORS, type ErrorCode } from '@auraimage/protocol';
import { type Answer, answerJson } from './http.js';

export interface ErrorDetails {
  /** Says more than the catalogue's message; goes to the client. */
  readonly message?: string;
  readonly headers?: Record<string, string>;
  /** What went wrong underneath; goes to the log only. */
  readonly cause?: unknown;
}

/** An answer other than success. `code` is the catalogue's. */
export class EdgeError extends Error {
  override readonly name = 'EdgeError';
  readonly headers: Record<string, string>;
  constructor(
    readonly code: ErrorCode,
    { message = ERRORS[code].message, headers = {}, cause }: ErrorDetails = {},
  ) {
    super(message, { cause });
    this.headers = headers;
  }
}

/** The only place where an error becomes an answer. Whatever is not an {@link EdgeError} tells nothing. */
export function errorAnswer(requestId: string, error: unknown): Answer {
  const { code, message, headers } = asEdgeError(error);
  return answerJson(
    requestId,
    ERRORS[code].status,
    { message },
    { 'X-Aura-Error': code, ...headers },
  );
}

export function asEdgeError(error: unknown): EdgeError {
  if (error instanceof EdgeError) return error;
  if (error instanceof CodedError) {
    const { code, retryAfterSeconds } = error;
    const headers: Record<string, string> =
      retryAfterSeconds === undefined ? {} : { 'Retry-After': String(retryAfterSeconds) };
    // A full queue is no fault: clients could fill the log with it.
    const cause = code === 'engine_busy' ? undefined : error;
    return new EdgeError(code, { cause, headers });
  }
  if (error instanceof Error && error.name === 'AbortError') return new EdgeError('client_gone');
  return new EdgeError('internal', { cause: error });
}
