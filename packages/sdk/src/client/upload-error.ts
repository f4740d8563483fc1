/**
 * Why an upload failed.
 *
 * - `aborted`: the caller's signal was aborted
 * - `network`: no response: the connection failed, was refused, or timed out
 * - `rate_limited`: 429; wait for `retryAfterSeconds`
 * - `draining`: the server is shutting down; another server, or this one after its restart, accepts
 *   the file
 * - `rejected`: any other 4xx; the same request would be refused again
 * - `server`: 5xx
 * - `token`: the `token` function failed; its error is the `cause`
 * - `unexpected`: not a response of this CDN, such as another site's page
 */
export type UploadErrorKind =
  | 'aborted'
  | 'network'
  | 'rate_limited'
  | 'draining'
  | 'rejected'
  | 'server'
  | 'token'
  | 'unexpected';

export interface UploadErrorDetails {
  /** HTTP status of the response. */
  readonly status?: number | undefined;
  /** The server's `X-Aura-Error`: `docs/reference/errors.md` explains each. */
  readonly code?: string | undefined;
  /** The server's `Retry-After`, in whole seconds. */
  readonly retryAfterSeconds?: number | undefined;
  readonly cause?: unknown;
}

/** Kinds where the same file and token may succeed later. */
const TRANSIENT: ReadonlySet<UploadErrorKind> = new Set([
  'network',
  'rate_limited',
  'draining',
  'server',
]);

/**
 * Every failure of an upload. `message` is for people; `kind` and `code` are for programs. None of them
 * contains the token.
 *
 * @example
 * if (error instanceof UploadError && error.code === 'body_too_large') askForASmallerFile();
 */
export class UploadError extends Error {
  override readonly name = 'UploadError';
  readonly status: number | undefined;
  readonly code: string | undefined;
  readonly retryAfterSeconds: number | undefined;
  constructor(
    readonly kind: UploadErrorKind,
    message: string,
    { status, code, retryAfterSeconds, cause }: UploadErrorDetails = {},
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.status = status;
    this.code = code;
    this.retryAfterSeconds = retryAfterSeconds;
  }

  /** Whether a retry may succeed. */
  get transient(): boolean {
    return TRANSIENT.has(this.kind);
  }
}
