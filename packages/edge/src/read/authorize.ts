import type { FoundImage, ImageRecord } from '@auraimage/ports';
import { isIssuedSince, type ReadRefusal, verifyServeToken } from '@auraimage/protocol';

/** What the decision depends on of an image, as of one commit. */
export interface GuardedImage extends Pick<FoundImage, 'serveSecrets' | 'rotationsSinceRevoked'> {
  readonly image: Pick<ImageRecord, 'project' | 'key' | 'visibility' | 'linksRevokedAt'>;
}

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
 * Once links were revoked, a token must prove that it was issued later: by its `iat`, or by a secret that did not
 * exist then.
 *
 * @param found its secrets are asked for only if the image is private
 * @param tokens every `token` of the query, decoded; two are rejected like a wrong one
 * @param now Unix milliseconds
 */
export async function authorize(
  found: GuardedImage,
  tokens: readonly string[],
  now: number,
): Promise<Access> {
  return found.image.visibility === 'public' ? GRANTED : checkTokens(found, tokens, now);
}

/**
 * Whether a read has the token that it would need if the image were private. The parameters are those of
 * {@link authorize}.
 */
export async function isSigned(
  found: GuardedImage,
  tokens: readonly string[],
  now: number,
): Promise<boolean> {
  return tokens.length > 0 && (await checkTokens(found, tokens, now)).granted;
}

async function checkTokens(
  { image, serveSecrets, rotationsSinceRevoked }: GuardedImage,
  tokens: readonly string[],
  now: number,
): Promise<Access> {
  const [token, ...more] = tokens;
  if (token === undefined) return { granted: false, refusal: 'missing' };
  if (more.length > 0) return { granted: false, refusal: 'malformed' };
  const { project: p, key: f, linksRevokedAt } = image;
  const secrets = serveSecrets(now);
  const second = Math.floor(now / 1000);
  const verdict = await verifyServeToken(token, { p, f }, secrets, second);
  if (!verdict.ok) return { granted: false, refusal: verdict.reason };
  const isRevoked =
    linksRevokedAt !== null &&
    verdict.secretIndex >= rotationsSinceRevoked &&
    !isIssuedSince(verdict.claims, linksRevokedAt, second);
  if (isRevoked) return { granted: false, refusal: 'revoked' };
  return verdict.secretIndex === 0 ? GRANTED : GRANTED_BY_PREVIOUS;
}
