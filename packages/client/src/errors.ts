export interface ApiErrorDetails {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly retryAfterSeconds?: number | null;
  readonly requestId?: string | null;
  readonly cause?: unknown;
}

/**
 * A request that did not succeed: the server refused it, or there was no usable response.
 *
 * @example
 * if (error instanceof ApiError && error.code === 'project_name_taken') askForAnotherName();
 */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  /** The HTTP status; 0 where no response came. */
  readonly status: number;
  /**
   * The server's `X-Aura-Error`, a stable code of `docs/reference/errors.md`. Or the client's own: `network` (no
   * response), `timeout` (none in time), `redirected` (the API itself never redirects), `unexpected_response`
   * (not a response of AuraImage; a proxy's error page, for example).
   */
  readonly code: string;
  /** Seconds to wait before another attempt, from `Retry-After`; null where the server names none. */
  readonly retryAfterSeconds: number | null;
  /** Identifies the request in the server's log. */
  readonly requestId: string | null;

  constructor(details: ApiErrorDetails) {
    super(details.message, details.cause === undefined ? undefined : { cause: details.cause });
    this.status = details.status;
    this.code = details.code;
    this.retryAfterSeconds = details.retryAfterSeconds ?? null;
    this.requestId = details.requestId ?? null;
  }
}

/**
 * The error of a response that is not a success.
 *
 * @param body its parsed JSON, or anything else where it has none
 */
export function toApiError(response: Response, body: unknown): ApiError {
  const { status, headers } = response;
  const code = headers.get('X-Aura-Error');
  const message = messageOf(body);
  const common = {
    status,
    retryAfterSeconds: retryAfterOf(headers),
    requestId: headers.get('X-Request-Id'),
  };
  // A browser hides the status and the target of a redirect that it does not follow.
  if (response.type === 'opaqueredirect' || (status >= 300 && status < 400)) {
    return new ApiError({ ...common, code: 'redirected', message: redirectMessage(response) });
  }
  if (code === null || message === null) return unexpectedError(response);
  return new ApiError({ ...common, code, message });
}

export function unexpectedError({ status, headers }: Response, cause?: unknown): ApiError {
  return new ApiError({
    status,
    code: 'unexpected_response',
    message: `The response with status ${status} is not one of AuraImage`,
    retryAfterSeconds: retryAfterOf(headers),
    requestId: headers.get('X-Request-Id'),
    cause,
  });
}

/** Why there is no response, or no complete one. */
export function connectionError(cause: unknown): ApiError {
  const failure = (code: string, message: string) =>
    new ApiError({ status: 0, code, message, cause });
  if (cause instanceof SyntaxError) {
    return failure('unexpected_response', 'The response is not valid JSON');
  }
  if (cause instanceof Error && cause.name === 'TimeoutError') {
    return failure('timeout', 'The server did not answer in time');
  }
  return failure('network', 'The server did not answer');
}

/** RFC 9110 §10.2.3 in seconds; the server sends no dates. */
function retryAfterOf(headers: Headers): number | null {
  const text = headers.get('Retry-After');
  return text !== null && /^\d{1,9}$/.test(text) ? Number(text) : null;
}

function redirectMessage({ url, headers }: Response): string {
  const location = headers.get('Location');
  const target =
    location !== null && URL.canParse(location, url) ? new URL(location, url).origin : null;
  return target === null ? 'The server redirects' : `The server redirects to ${target}`;
}

function messageOf(body: unknown): string | null {
  if (typeof body !== 'object' || body === null || !('message' in body)) return null;
  return typeof body.message === 'string' && body.message !== '' ? body.message : null;
}
