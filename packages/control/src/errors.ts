import { CodedError, ERRORS, type ErrorCode } from '@auraimage/protocol';
import { HTTPException } from 'hono/http-exception';

export interface ControlErrorDetails {
  /** Says more than the catalogue's message; goes to the client. */
  readonly message?: string;
  /** Becomes `Retry-After`. */
  readonly retryAfterSeconds?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** More members of the body, for standards that want them. */
  readonly fields?: Readonly<Record<string, string | number>>;
  /** What went wrong underneath; goes to the log only. */
  readonly cause?: unknown;
}

/** Thrown for every answer other than success, and by the rules. `code` is the catalogue's. */
export class ControlError extends Error {
  override readonly name = 'ControlError';
  readonly retryAfterSeconds: number | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly fields: Readonly<Record<string, string | number>>;
  constructor(
    readonly code: ErrorCode,
    {
      message = ERRORS[code].message,
      retryAfterSeconds,
      headers = {},
      fields = {},
      cause,
    }: ControlErrorDetails = {},
  ) {
    super(message, { cause });
    this.retryAfterSeconds = retryAfterSeconds;
    this.headers = headers;
    this.fields = fields;
  }
}

/** Asks for a bearer token (RFC 6750 §3), as every 401 has to. */
const BEARER_CHALLENGE = { 'WWW-Authenticate': 'Bearer realm="auraimage"' };

/** The only place where an error becomes a response. Whatever is not a {@link ControlError} tells nothing. */
export function errorResponse({
  code,
  message,
  headers,
  fields,
  retryAfterSeconds,
}: ControlError): Response {
  const { status } = ERRORS[code];
  return Response.json(
    { ...fields, message },
    {
      status,
      headers: {
        'X-Aura-Error': code,
        ...(status === 401 ? BEARER_CHALLENGE : {}),
        ...(retryAfterSeconds === undefined ? {} : { 'Retry-After': String(retryAfterSeconds) }),
        ...headers,
      },
    },
  );
}

/** Names whatever was thrown. */
export function asControlError(error: unknown): ControlError {
  if (error instanceof ControlError) return error;
  if (error instanceof HTTPException) return fromValidator(error);
  if (error instanceof CodedError) {
    const { code, retryAfterSeconds } = error;
    return new ControlError(code, {
      cause: error,
      ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
    });
  }
  if (error instanceof Error && error.name === 'AbortError') return new ControlError('client_gone');
  return new ControlError('internal', { cause: error });
}

/** What the router's own validators throw, before any schema is asked. */
function fromValidator(error: HTTPException): ControlError {
  if (error.status === 415) return new ControlError('json_required');
  if (error.status === 400) return new ControlError('json_malformed');
  return new ControlError('internal', { cause: error });
}
