import { type ServeTokenRefusal, verifyServeToken } from '@auraimage/protocol';
import type { ImageRecord } from '../ports.js';

export type Access =
  | { readonly granted: true }
  | { readonly granted: false; readonly refusal: ServeTokenRefusal | 'missing' };

const GRANTED: Access = { granted: true };

/**
 * Decides whether an image may be read: a public one always, a private one with exactly one `token`
 * that its project's serve secret signed for it and that has not expired. It looks at the row, the
 * token and the clock, and at nothing else about the request.
 *
 * @param tokens every `token` of the query, decoded; two are as bad as a wrong one
 * @param serveSecrets in force at a time in Unix milliseconds; asked for private images only
 * @param now Unix milliseconds
 */
export async function authorize(
  image: Pick<ImageRecord, 'project' | 'key' | 'visibility'>,
  tokens: readonly string[],
  serveSecrets: (now: number) => readonly string[],
  now: number,
): Promise<Access> {
  if (image.visibility === 'public') return GRANTED;
  const [token, ...more] = tokens;
  if (token === undefined) return { granted: false, refusal: 'missing' };
  if (more.length > 0) return { granted: false, refusal: 'malformed' };
  const { project: p, key: f } = image;
  const secrets = serveSecrets(now);
  const verdict = await verifyServeToken(token, { p, f }, secrets, Math.floor(now / 1000));
  return verdict.ok ? GRANTED : { granted: false, refusal: verdict.reason };
}
