import type { ImageRecord } from '@auraimage/ports';
import {
  CLOCK_ALLOWANCE_SECONDS,
  MAX_SERVE_SECONDS,
  type ReadRefusal,
  type ServeClaims,
  verifyServeToken,
} from '@auraimage/protocol';

export type Access =
  /** `previousSecret`: only the secret before the current one let it through. */
  | { readonly granted: true; readonly previousSecret: boolean }
  | { readonly granted: false; readonly refusal: ReadRefusal };

const GRANTED: Access = { granted: true, previousSecret: false };
const GRANTED_BY_PREVIOUS: Access = { granted: true, previousSecret: true };

/**
 * Decides whether an image may be read: a public one always, a private one with exactly one `token`
 * that its project's serve secret signed for it, that has not expired and was not stopped. It looks at
 * the row, the token and the clock, and at nothing else about the request.
 *
 * @param tokens every `token` of the query, decoded; two are as bad as a wrong one
 * @param serveSecrets in force at a time in Unix milliseconds; asked for private images only
 * @param now Unix milliseconds
 */
export async function authorize(
  image: Pick<ImageRecord, 'project' | 'key' | 'visibility' | 'linksRevokedAt'>,
  tokens: readonly string[],
  serveSecrets: (now: number) => readonly string[],
  now: number,
): Promise<Access> {
  if (image.visibility === 'public') return GRANTED;
  const [token, ...more] = tokens;
  if (token === undefined) return { granted: false, refusal: 'missing' };
  if (more.length > 0) return { granted: false, refusal: 'malformed' };
  const { project: p, key: f, linksRevokedAt } = image;
  const secrets = serveSecrets(now);
  const second = Math.floor(now / 1000);
  const verdict = await verifyServeToken(token, { p, f }, secrets, second);
  if (!verdict.ok) return { granted: false, refusal: verdict.reason };
  if (linksRevokedAt !== null && !isIssuedSince(linksRevokedAt, verdict.claims, second)) {
    return { granted: false, refusal: 'revoked' };
  }
  return verdict.secretIndex === 0 ? GRANTED : GRANTED_BY_PREVIOUS;
}

/**
 * Whether a token proves that it was issued at a second or later. Its `iat` does, unless it lies further
 * ahead than clocks may differ: then it says nothing about when it was written. Without one only an `exp`
 * does that no token could have had before: more than the longest life ahead.
 */
function isIssuedSince(second: number, { iat, exp }: ServeClaims, now: number): boolean {
  if (iat === undefined) return exp > second + MAX_SERVE_SECONDS;
  return iat >= second && iat <= now + CLOCK_ALLOWANCE_SECONDS;
}
