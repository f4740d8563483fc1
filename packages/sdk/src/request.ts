import type { Visibility } from '@auraimage/protocol';
import { AuraImageError } from './errors.js';

const REQUEST_LIMIT_MS = 10_000;

/**
 * Asks the CDN to change an image, and returns when it says that it has.
 *
 * @throws {AuraImageError} `request_failed` when nobody answers like the CDN, `request_refused` when
 *   the CDN refuses
 */
export async function patchVisibility(
  url: string,
  token: string,
  wanted: { readonly visibility: Visibility },
): Promise<void> {
  const { response, text } = await send(url, token, wanted);
  const answer = parseObject(text);
  if (!response.ok) {
    const { message } = answer;
    const why = typeof message === 'string' ? message : 'the server refused the change';
    const serverCode = response.headers.get('x-aura-error');
    throw new AuraImageError('request_refused', `${response.status}: ${why}`, {
      status: response.status,
      ...(serverCode === null ? {} : { serverCode }),
    });
  }
  if (answer['visibility'] === wanted.visibility) return;
  // A site that answers everything with its front page must not look like a change that was made.
  const message = `${new URL(url).origin} answered, but not as this CDN does: check cdnUrl`;
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
    const message = `${new URL(url).origin} did not answer: check cdnUrl and that the server runs`;
    throw new AuraImageError('request_failed', message, { cause });
  }
}

/** The members of a JSON object; none where the text is another product's page, say. */
function parseObject(text: string): Readonly<Record<string, unknown>> {
  try {
    return Object(JSON.parse(text));
  } catch {
    return {};
  }
}
