import type { Visibility } from '@auraimage/protocol';
import { AuraImageError } from './errors.js';

const REQUEST_LIMIT_MS = 10_000;

/**
 * Changes an image's visibility on the CDN. Resolves when the CDN has confirmed the change.
 *
 * @throws {AuraImageError} `request_failed` if the CDN does not answer, or something else does;
 *   `request_refused` if the CDN refuses
 */
export async function patchVisibility(
  url: string,
  token: string,
  wanted: { readonly visibility: Visibility },
): Promise<void> {
  const { response, text } = await send(url, token, wanted);
  const body = parseObject(text);
  if (!response.ok) {
    const { message } = body;
    const why = typeof message === 'string' ? message : 'the server refused the change';
    const serverCode = response.headers.get('x-aura-error');
    throw new AuraImageError('request_refused', `${response.status}: ${why}`, {
      status: response.status,
      ...(serverCode === null ? {} : { serverCode }),
    });
  }
  if (body['visibility'] === wanted.visibility) return;
  // A site that answers every request with its front page must not pass for a confirmed change.
  const message = `The response of ${new URL(url).origin} is not from this CDN: check cdnUrl`;
  throw new AuraImageError('request_failed', message, { status: response.status });
}

async function send(url: string, token: string, body: unknown) {
  try {
    const response = await fetch(url, {
      method: 'PATCH',
      headers: { 'Content-Type': 'application/json', 'X-Aura-Signature': token },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(REQUEST_LIMIT_MS),
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
