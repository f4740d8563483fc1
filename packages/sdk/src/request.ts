import { AuraImageError } from './errors.js';

const REQUEST_LIMIT_MS = 10_000;

/** One request to the CDN. */
export interface CdnRequest {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** A form, or what is sent as JSON. */
  readonly body?: unknown;
  /** Time until the whole response has arrived, in milliseconds. Default 10 seconds. */
  readonly limitMs?: number;
}

/**
 * Sends a request to the CDN and reads the JSON of its response.
 *
 * @param isExpected whether a successful response is one of this CDN. A site that answers every request with its
 *   front page must not pass for a confirmed change.
 * @returns the members of the response's JSON object; none for an empty response
 * @throws {AuraImageError} `request_failed` if the CDN does not answer, or something else does;
 *   `request_refused` if the CDN refuses
 */
export async function requestCdn<Body extends object>(
  request: CdnRequest,
  isExpected: (body: Readonly<Record<string, unknown>>, status: number) => boolean,
): Promise<Body> {
  const { response, text } = await send(request);
  const body = parseObject(text);
  const { status } = response;
  if (!response.ok) {
    const { message } = body;
    const why = typeof message === 'string' ? message : 'the server refused the request';
    const serverCode = response.headers.get('x-aura-error');
    throw new AuraImageError('request_refused', `${status}: ${why}`, {
      status,
      ...(serverCode === null ? {} : { serverCode }),
    });
  }
  if (isExpected(body, status)) return body as Body;
  const message = `The response of ${new URL(request.url).origin} is not from this CDN: check cdnUrl`;
  throw new AuraImageError('request_failed', message, { status });
}

async function send({ method, url, headers, body, limitMs = REQUEST_LIMIT_MS }: CdnRequest) {
  const isJson = body !== undefined && !(body instanceof FormData);
  try {
    const response = await fetch(url, {
      method,
      headers: isJson ? { ...headers, 'Content-Type': 'application/json' } : { ...headers },
      ...(body === undefined ? {} : { body: isJson ? JSON.stringify(body) : body }),
      signal: AbortSignal.timeout(limitMs),
    });
    return { response, text: await response.text() };
  } catch (cause) {
    const message = `${new URL(url).origin} did not answer: check cdnUrl and that the server is running`;
    throw new AuraImageError('request_failed', message, { cause });
  }
}

/** The members of a JSON object; none if the text is something else, such as an HTML page. */
function parseObject(text: string): Readonly<Record<string, unknown>> {
  try {
    return Object(JSON.parse(text));
  } catch {
    return {};
  }
}
