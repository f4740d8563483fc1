import createClient, { type Client } from 'openapi-fetch';
import { ApiError, connectionError, toApiError, unexpectedError } from './errors.js';
import type { paths } from './generated/schema.js';

const DEFAULT_TIMEOUT_MS = 30_000;

export interface ApiClientOptions {
  /** Where the API is, such as `https://images.example`; empty for the page's own origin. */
  readonly baseUrl: string;
  /** A CLI token or a secret key, sent as `Authorization: Bearer`. Without one, a browser sends its cookie. */
  readonly token?: string;
  /** Ends every request of this client. */
  readonly signal?: AbortSignal;
  /** Milliseconds until a response must be complete. Default 30 s. */
  readonly timeoutMs?: number;
  /** Sends the requests in place of the global `fetch`; tests keep a browser's cookies with it. */
  readonly fetch?: (request: Request, init: RequestInit) => Promise<Response>;
}

/** `GET`, `POST` and so on, typed by the paths of the OpenAPI document. Use it through {@link unwrap}. */
export type ApiClient = Client<paths, 'application/json'>;

/**
 * Redirects are errors: following one would change the method, or send the token somewhere else.
 *
 * @example
 * const api = createApiClient({ baseUrl: 'https://images.example', token });
 * const { projects } = await unwrap(api.GET('/v1/projects'));
 */
export function createApiClient({
  baseUrl,
  token,
  signal,
  timeoutMs = DEFAULT_TIMEOUT_MS,
  fetch: send = (request, init) => fetch(request, init),
}: ApiClientOptions): ApiClient {
  return createClient<paths, 'application/json'>({
    baseUrl,
    redirect: 'manual',
    // The server decodes no path, and a key's slashes are part of the path.
    pathSerializer: (path, values) =>
      path.replace(/\{(\w+)\}/g, (_, name: string) =>
        String(values[name]).split('/').map(encodeURIComponent).join('/'),
      ),
    ...(token === undefined ? {} : { headers: { Authorization: `Bearer ${token}` } }),
    fetch: async (request) => {
      const signals = [request.signal, AbortSignal.timeout(timeoutMs)];
      const response = await send(request, {
        signal: AbortSignal.any(signal === undefined ? signals : [...signals, signal]),
      });
      if (response.ok && response.status !== 204 && !isKnown(response)) {
        // A site that answers every path with its front page, for example.
        await response.body?.cancel();
        throw unexpectedError(response);
      }
      return response;
    },
  });
}

/** Whether the body is JSON, or a table, which the API sends if asked for. */
function isKnown({ headers }: Response): boolean {
  return /^(?:application\/json|text\/csv)\b/i.test(headers.get('Content-Type') ?? '');
}

interface Outcome<Data> {
  readonly data?: Data;
  readonly error?: unknown;
  readonly response: Response;
}

/**
 * The body of a successful response; `undefined` for a 204.
 *
 * @throws {ApiError} for every other response, and for none. The `AbortError` of a signal that the caller
 *   aborted comes through as it is.
 *
 * @example
 * const { projects } = await unwrap(api.GET('/v1/projects'));
 */
export async function unwrap<Data>(request: Promise<Outcome<Data>>): Promise<Data> {
  const { data, error, response } = await outcomeOf(request);
  if (!response.ok) throw toApiError(response, error);
  // Every operation that succeeds with another status has a JSON body.
  if (data === undefined && response.status !== 204) throw unexpectedError(response);
  return data as Data;
}

async function outcomeOf<Data>(request: Promise<Outcome<Data>>): Promise<Outcome<Data>> {
  try {
    return await request;
  } catch (error) {
    const isAbort = error instanceof Error && error.name === 'AbortError';
    throw isAbort || error instanceof ApiError ? error : connectionError(error);
  }
}
