import { CodedError, type CodedErrorOptions, ERRORS, type ErrorCode } from '@auraimage/protocol';

export interface ApiErrorOptions extends CodedErrorOptions {
  /** Replaces the catalogue's message. The client sees it. */
  readonly message?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** More members of the JSON body, for standards that require them, such as RFC 8628. */
  readonly fields?: Readonly<Record<string, string | number>>;
}

/**
 * An error response. The client receives the `message`; the `cause` is logged.
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
 * Converts anything that was thrown. Errors of ports keep their code, and their text is only logged. An
 * `AbortError` becomes `client_gone`. Any other error becomes `internal`, with the catalogue's message.
 *
 * @example
 * toApiError(new StorageFullError('disk is full')).code; // 'storage_full'
 */
export function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  if (error instanceof CodedError) {
    const { code, retryAfterSeconds } = error;
    // Not logged: any client can fill a queue, and so it could flood the log.
    const isBusy = code === 'engine_busy' || code === 'sign_in_busy';
    const cause = isBusy ? undefined : error;
    return new ApiError(code, { cause, retryAfterSeconds });
  }
  if (error instanceof Error && error.name === 'AbortError') return new ApiError('client_gone');
  return new ApiError('internal', { cause: error });
}

/**
 * The HTTP status of an error code.
 *
 * @example
 * statusOf('image_not_found'); // 404
 */
export const statusOf = (code: ErrorCode): number => ERRORS[code].status;
