/** An answer of the server that is not a success, or none at all (`status` 0, `code` `network`). */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  /** The stable code of `docs/errors.md`, or `network`. */
  readonly code: string;
  /** How long the server asks to wait. */
  readonly retryAfterSeconds: number | null;
  /** Names the request in the server's log. */
  readonly requestId: string | null;

  constructor(facts: {
    readonly status: number;
    readonly code: string;
    readonly message: string;
    readonly retryAfterSeconds?: number | null;
    readonly requestId?: string | null;
    readonly cause?: unknown;
  }) {
    super(facts.message, { cause: facts.cause });
    this.status = facts.status;
    this.code = facts.code;
    this.retryAfterSeconds = facts.retryAfterSeconds ?? null;
    this.requestId = facts.requestId ?? null;
  }
}

/** What an unsuccessful response says. `body` is what was read of it, of whatever shape. */
export function toApiError(response: Response, body: unknown): ApiError {
  const retryAfter = Number(response.headers.get('Retry-After') ?? Number.NaN);
  return new ApiError({
    status: response.status,
    code: response.headers.get('X-Aura-Error') ?? `http_${response.status}`,
    message: messageOf(body) ?? `The server answered ${response.status}`,
    retryAfterSeconds: Number.isFinite(retryAfter) && retryAfter > 0 ? retryAfter : null,
    requestId: response.headers.get('X-Request-Id'),
  });
}

/** All but the first two are said by routes that take a key or token in the session's place: images. */
const SIGNED_OUT = [
  'sign_in_required',
  'credential_invalid',
  'secret_key_required',
  'secret_key_invalid',
  'visibility_token_required',
];

/** Whether the session or token that was sent is good for nothing (any more). */
export function isSignedOut(error: unknown): boolean {
  return hasCode(error, ...SIGNED_OUT);
}

export function hasCode(error: unknown, ...codes: readonly string[]): error is ApiError {
  return error instanceof ApiError && codes.includes(error.code);
}

function messageOf(body: unknown): string | null {
  if (typeof body !== 'object' || body === null || !('message' in body)) return null;
  return typeof body.message === 'string' && body.message !== '' ? body.message : null;
}
