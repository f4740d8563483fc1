import { CodedError, type CodedErrorOptions, ERRORS, type ErrorCode } from '@auraimage/protocol';

export interface ApiErrorOptions extends CodedErrorOptions {
  /** Says more than the catalogue's message. The client reads it. */
  readonly message?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** More members of the JSON body, for standards that want them, such as RFC 8628. */
  readonly fields?: Readonly<Record<string, string | number>>;
}

/**
 * Any answer but success. The `message` goes to the client, the `cause` to the log.
 *
 * @example
 * throw new ApiError('rate_limited', { retryAfterSeconds: 30 });
 */
export class ApiError extends CodedError {
  override readonly name = 'ApiError';
  readonly headers: Readonly<Record<string, string>>;
  readonly fields: Readonly<Record<string, string | number>>;
  constructor(
    code: ErrorCode,
    { message, headers = {}, fields = {}, ...options }: ApiErrorOptions = {},
  ) {
    super(code, message, options);
    this.headers = headers;
    this.fields = fields;
  }
}

/**
 * Turns whatever was thrown into the answer's error. Errors of ports keep their code; their text stays in
 * the log. Anything unexpected is `internal` and reveals nothing.
 */
export function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  if (error instanceof CodedError) {
    const { code, retryAfterSeconds } = error;
    // A full queue is not a fault: clients could fill the log with it.
    const cause = code === 'engine_busy' ? undefined : error;
    return new ApiError(code, { cause, retryAfterSeconds });
  }
  if (error instanceof Error && error.name === 'AbortError') return new ApiError('client_gone');
  return new ApiError('internal', { cause: error });
}

/** The HTTP status of an error code. */
export const statusOf = (code: ErrorCode): number => ERRORS[code].status;
