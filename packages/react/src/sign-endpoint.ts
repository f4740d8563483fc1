import { UploadError, type Visibility } from '@auraimage/sdk/client';

/** What a server is told about a file that it is asked to sign for. */
export interface SignRequest {
  readonly filename: string;
  /** Bytes. */
  readonly size: number;
  /** As the browser guesses it from the name. */
  readonly type: string;
  /** A wish: the server decides. */
  readonly visibility?: Visibility;
}

/**
 * Asks one's own server for an upload token: a POST of {@link SignRequest} as JSON, answered with
 * `{ "signature": "…" }` or `{ "token": "…" }`.
 *
 * @throws {UploadError} of a kind that tells whether to ask again
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
    throw new UploadError(kind, 'The upload could not be signed', { status, retryAfterSeconds });
  }
  const { signature, token }: Partial<Record<string, unknown>> = Object(
    await response.json().catch(() => null),
  );
  const given = signature ?? token;
  if (typeof given === 'string') return given;
  throw new UploadError('token', `${endpoint} answered without "signature" or "token"`, { status });
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
    throw new UploadError('network', 'The server that signs uploads was not reached', { cause });
  }
}
