/**
 * Why an upload failed.
 *
 * - `aborted`: its signal was aborted
 * - `network`: no answer came: the connection broke, was refused, or took too long
 * - `rate_limited`: 429; wait for `retryAfterSeconds`
 * - `draining`: the server is shutting down; another one, or the restarted one, takes the file
 * - `rejected`: another 4xx: the same request would be refused again
 * - `server`: 5xx
 * - `token`: the `token` function failed; its error is the `cause`
 * - `unexpected`: an answer that this CDN does not give, such as another site's page
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
  /** HTTP status of the answer. */
  readonly status?: number | undefined;
  /** The server's `X-Aura-Error`: `docs/errors.md` explains each. */
  readonly code?: string | undefined;
  /** Whole seconds that the server asked to wait. */
  readonly retryAfterSeconds?: number | undefined;
  readonly cause?: unknown;
}

/** Kinds that may well succeed later with the same file and token. */
const TRANSIENT: ReadonlySet<UploadErrorKind> = new Set([
  'network',
  'rate_limited',
  'draining',
  'server',
]);

/**
 * Every failure of an upload. `message` is for people, `kind` and `code` are for programs; neither
 * holds the token.
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

  /** Whether trying again may help: a person's "retry" makes sense for these at once. */
  get transient(): boolean {
    return TRANSIENT.has(this.kind);
  }
}
