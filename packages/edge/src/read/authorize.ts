import type {
  Clock,
  FoundImage,
  ImageRecord,
  PresetRules,
  ReadBatch,
  RecipientRecords,
} from '@auraimage/ports';
import {
  andThen,
  isIssuedSince,
  type MaybePromise,
  type ReadRefusal,
  recipientProblem,
  type ServeTokenVerdict,
  verifyServeToken,
} from '@auraimage/protocol';

/** What the decision depends on of an image, as of one commit. */
export interface GuardedImage extends Pick<FoundImage, 'serveSecrets' | 'rotationsSinceRevoked'> {
  readonly image: Pick<ImageRecord, 'project' | 'key' | 'visibility' | 'linksRevokedAt'>;
}

/** What a read may be sent. */
interface Grant {
  readonly granted: true;
  /** Whether only the previous serve secret verified the token. */
  readonly previousSecret: boolean;
  /** Longest side in pixels of what may be sent, which then is never the master; `null`: no limit. */
  readonly maxEdge: number | null;
  /** The recipient of the token; `null` if it names none. */
  readonly recipient: string | null;
}

/** What the decision depends on besides the image and the token. */
interface Deciders {
  readonly clock: Clock;
  readonly recipients: Pick<RecipientRecords, 'revokedAt'>;
  /** Of the request. */
  readonly batch?: ReadBatch | undefined;
}

export type Access = Grant | { readonly granted: false; readonly refusal: ReadRefusal };

const GRANTED: Grant = { granted: true, previousSecret: false, maxEdge: null, recipient: null };
const GRANTED_BY_PREVIOUS: Grant = { ...GRANTED, previousSecret: true };

/**
 * Decides whether an image may be read, and how far. A public image always may, without limits, whatever the token
 * says. A private image needs exactly one `token`, signed for it or its folder with its project's serve secret, not
 * expired and not revoked. The decision depends on the row, the token and the clock, and for a token with a recipient
 * on whether it is revoked; on nothing else of the request.
 *
 * Once links were revoked, a token must prove that it was issued later: by its `iat`, or by a secret that did not
 * exist then. Once a recipient was revoked, its tokens must prove it by their `iat`.
 *
 * @param found its secrets are asked for only if the image is private
 * @param tokens every `token` of the query, decoded; two are rejected like a wrong one
 * @param deciders asked for a recipient only if the token is valid otherwise
 * @returns a promise only where HMAC or the recipient's row is asynchronous
 */
export function authorize(
  found: GuardedImage,
  tokens: readonly string[],
  deciders: Deciders,
): MaybePromise<Access> {
  return found.image.visibility === 'public' ? GRANTED : checkTokens(found, tokens, deciders);
}

/**
 * Decides like {@link authorize} about a private image and each of several tokens, of which the first that grants
 * decides how far.
 *
 * @param tokens of cookies, at most 8
 * @returns if none grants, why the first does not
 */
export async function authorizeByAny(
  found: GuardedImage,
  tokens: readonly string[],
  deciders: Deciders,
): Promise<Access> {
  let first: Access | undefined;
  for (const token of tokens) {
    const access = await checkTokens(found, [token], deciders);
    if (access.granted) return access;
    first ??= access;
  }
  return first ?? refused('missing');
}

/**
 * Whether an open preset shows a private image, by itself and nothing else of the image. A token in the query that
 * does not cover the image is refused all the same.
 *
 * @param preset that the address names alone; `null` for any other address, and if the project has no such preset
 * @param tokens every `token` of the query
 */
export function isShownBy(
  preset: Pick<PresetRules, 'open'> | null,
  tokens: readonly string[],
): boolean {
  return preset?.open === true && tokens.length === 0;
}

/**
 * Whether a read has the token that it would need if the image were private. The parameters are those of
 * {@link authorize}.
 */
export async function isSigned(
  found: GuardedImage,
  tokens: readonly string[],
  deciders: Deciders,
): Promise<boolean> {
  return tokens.length > 0 && (await checkTokens(found, tokens, deciders)).granted;
}

function checkTokens(
  found: GuardedImage,
  tokens: readonly string[],
  deciders: Deciders,
): MaybePromise<Access> {
  const [token] = tokens;
  if (token === undefined) return refused('missing');
  if (tokens.length > 1) return refused('malformed');
  const { project: p, key: f } = found.image;
  const now = deciders.clock.now();
  const second = Math.floor(now / 1000);
  return andThen(verifyServeToken(token, { p, f }, found.serveSecrets(now), second), (verdict) =>
    verdict.ok ? checkRevocations(found, verdict, second, deciders) : refused(verdict.reason),
  );
}

/** @param second whole Unix seconds at which the token was verified */
function checkRevocations(
  { image, rotationsSinceRevoked }: GuardedImage,
  { claims, secretIndex }: Extract<ServeTokenVerdict, { ok: true }>,
  second: number,
  { recipients, batch }: Deciders,
): MaybePromise<Access> {
  const { project, linksRevokedAt } = image;
  const isRevoked =
    linksRevokedAt !== null &&
    secretIndex >= rotationsSinceRevoked &&
    !isIssuedSince(claims, linksRevokedAt, second);
  if (isRevoked) return refused('revoked');
  const access = secretIndex === 0 ? GRANTED : GRANTED_BY_PREVIOUS;
  const { max, sub } = claims;
  if (sub === undefined) return max === undefined ? access : { ...access, maxEdge: max };
  return andThen(recipients.revokedAt(project, sub, batch), (revokedAt): Access => {
    const problem = recipientProblem(claims, revokedAt, second);
    if (problem !== null) return refused(problem);
    return { ...access, maxEdge: max ?? null, recipient: sub };
  });
}

function refused(refusal: ReadRefusal): Access {
  return { granted: false, refusal };
}
