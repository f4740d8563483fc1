import { UploadError, type Visibility } from '@auraimage/sdk/client';

/** What the sign endpoint receives about a file. */
export interface SignRequest {
  readonly filename: string;
  /** In bytes. */
  readonly size: number;
  /** Media type, which the browser guesses from the file's name. */
  readonly type: string;
  /** The `project` of the page's settings. */
  readonly project?: string;
  /** What the page asks for; the token that the server signs decides. */
  readonly visibility?: Visibility;
}

/**
 * Requests an upload token from the app's own server: POSTs a {@link SignRequest} as JSON and expects
 * `{ "signature": "…" }` or `{ "token": "…" }`.
 *
 * @throws {UploadError} whose kind says whether to retry
 */
export async function requestSignature(
  endpoint: string,
  request: SignRequest,
  signal: AbortSignal,
): Promise<string> {
  const response = await post(endpoint, request, signal);
  const { status } = response;
  if (!response.ok) {
    const kind = status === 429 ? 'rate_limited' : status >= 500 ? 'server' : 'token';
    const wait = response.headers.get('retry-after') ?? '';
    const retryAfterSeconds = /^\d+$/.test(wait) ? Number(wait) : undefined;
    throw new UploadError(kind, 'The sign endpoint refused the upload', {
      status,
      retryAfterSeconds,
    });
  }
  const { signature, token }: Partial<Record<string, unknown>> = Object(
    await response.json().catch(() => null),
  );
  const given = signature ?? token;
  if (typeof given === 'string') return given;
  throw new UploadError(
    'token',
    `The response of ${endpoint} has neither "signature" nor "token"`,
    { status },
  );
}

async function post(endpoint: string, request: SignRequest, signal: AbortSignal) {
  try {
    return await fetch(endpoint, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(request),
      signal,
    });
  } catch (cause) {
    throw new UploadError('network', 'The sign endpoint could not be reached', { cause });
  }
}
