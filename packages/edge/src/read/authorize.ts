import type { ImageRecord } from '@auraimage/ports';
import {
  CLOCK_ALLOWANCE_SECONDS,
  MAX_SERVE_SECONDS,
  type ReadRefusal,
  type ServeClaims,
  verifyServeToken,
} from '@auraimage/protocol';

export type Access =
  /** `previousSecret`: only the previous serve secret verified the token. */
  | { readonly granted: true; readonly previousSecret: boolean }
  | { readonly granted: false; readonly refusal: ReadRefusal };

const GRANTED: Access = { granted: true, previousSecret: false };
const GRANTED_BY_PREVIOUS: Access = { granted: true, previousSecret: true };

/**
 * Decides whether an image may be read. A public image always may. A private image needs exactly one `token`,
 * signed for it with its project's serve secret, not expired and not revoked. The decision depends on the
 * row, the token and the clock, and on nothing else of the request.
 *
 * @param tokens every `token` of the query, decoded; two are rejected like a wrong one
 * @param serveSecrets the secrets valid at a time in Unix milliseconds; called for private images only
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
 * Whether a token proves that it was issued at `second` or later. Its `iat` proves it, unless it is further in
 * the future than clocks may differ. Without `iat`, the token proves it only by an `exp` that is more than the
 * longest lifetime after `second`: no earlier token could have it.
 */
function isIssuedSince(second: number, { iat, exp }: ServeClaims, now: number): boolean {
  if (iat === undefined) return exp > second + MAX_SERVE_SECONDS;
  return iat >= second && iat <= now + CLOCK_ALLOWANCE_SECONDS;
}
