import { andThen, type MaybePromise } from './maybe-promise.js';
import { isFolder } from './names.js';
import { matchSignature, parseClaims, type SplitToken, signToken, splitToken } from './token.js';
import { MAX_DIMENSION } from './transform.js';

/** Longest lifetime of a serve token, in seconds: 7 days. */
export const MAX_SERVE_SECONDS = 604_800;
/** Shortest lifetime that the SDK signs, in seconds. */
export const MIN_SERVE_SECONDS = 60;
/** Name of the cookies that hold serve tokens. */
export const SERVE_COOKIE = 'aura-token';
/** Seconds that an `exp` may exceed the maximum, because the signer's clock may be ahead. */
export const CLOCK_ALLOWANCE_SECONDS = 300;

/** Claims of every serve token. */
interface CommonServeClaims {
  /** Project name. */
  readonly p: string;
  /** Last whole Unix second at which the token is valid. */
  readonly exp: number;
  /** Whole Unix second of signing. */
  readonly iat?: number;
  /** Longest side of what the token opens, in pixels: 1 to 8192. */
  readonly max?: number;
  /** Whom the token was given to: 1 to 64 of `A-Z a-z 0-9 . _ : @ -`. Needs `iat`. */
  readonly sub?: string;
}

/** Claims of a serve token for one image. */
export interface ImageServeClaims extends CommonServeClaims {
  /** Key of the image (`filename` in URLs). */
  readonly f: string;
  readonly d?: never;
}

/** Claims of a serve token for a folder. */
export interface FolderServeClaims extends CommonServeClaims {
  /** What the keys begin with: the pieces of a name, each with `/` behind it, such as `users/42/`. */
  readonly d: string;
  readonly f?: never;
}

/** Claims of a serve token: image `f` or folder `d` of project `p` may be read until `exp`. */
export type ServeClaims = ImageServeClaims | FolderServeClaims;

/** Why a serve token was refused. Stable codes for metrics and diagnosis, never for the response. */
export type ServeTokenRefusal =
  | 'malformed'
  | 'wrong_signature'
  | 'wrong_claims'
  | 'other_project'
  | 'other_image'
  | 'expired'
  | 'expires_too_late';

/**
 * Why a private read was refused. `revoked`: the token was issued before the image's links were revoked.
 * `above_ceiling`: it has a ceiling, and the request names the master. Without a token: `cross_site`, if there are
 * cookies that do not count for a page of another site; `preset_closed`, if the address names a preset that is not open;
 * otherwise `missing`.
 */
export type ReadRefusal =
  | ServeTokenRefusal
  | RecipientRefusal
  | 'missing'
  | 'cross_site'
  | 'preset_closed'
  | 'revoked'
  | 'above_ceiling';

/**
 * Why the token of a recipient was refused. `recipient_revoked`: it was issued before the recipient was revoked.
 * `iat_out_of_range`: no valid token is as old as its `iat` says, or the `iat` is in the future.
 */
export type RecipientRefusal = 'recipient_revoked' | 'iat_out_of_range';

export type ServeTokenVerdict =
  | { readonly ok: true; readonly claims: ServeClaims; readonly secretIndex: number }
  | { readonly ok: false; readonly reason: ServeTokenRefusal };

/**
 * Signs a serve token. The claims are not checked: their bounds are the caller's responsibility.
 *
 * @example
 * await signServeToken({ p: 'my-app', f: key, exp: now + 600 }, serveSecret);
 */
export function signServeToken(claims: ServeClaims, serveSecret: string): Promise<string> {
  return signToken({ ...claims }, serveSecret);
}

/**
 * Checks whether a token covers one image now: first its signature, then its claims. How far it grants access is up
 * to the caller, who must honour `max` and `sub` of the claims: {@link recipientProblem}.
 *
 * @param token the `token` query parameter as received
 * @param expected the project and key that the request names
 * @param serveSecrets the active secrets: one, or two during the grace period of a rotation
 * @param now whole Unix seconds on the server's clock
 * @returns a promise where HMAC is asynchronous
 *
 * @example
 * const verdict = await verifyServeToken(token, { p: 'my-app', f: key }, [secret], now);
 * if (!verdict.ok) return forbidden(verdict.reason);
 */
export function verifyServeToken(
  token: string,
  expected: Pick<ImageServeClaims, 'p' | 'f'>,
  serveSecrets: readonly string[],
  now: number,
): MaybePromise<ServeTokenVerdict> {
  const split = splitToken(token);
  if (split === null) return refuse('malformed');
  return andThen(matchSignature(split, serveSecrets), (secretIndex) => {
    if (secretIndex < 0) return refuse('wrong_signature');
    const claims = parseServeClaims(split);
    if (claims === null) return refuse('wrong_claims');
    if (claims.p !== expected.p) return refuse('other_project');
    if (!covers(claims, expected.f)) return refuse('other_image');
    const outOfTime = timeProblem(claims, now);
    return outOfTime === null ? { ok: true, claims, secretIndex } : refuse(outOfTime);
  });
}

/**
 * Reads a token of any image or folder: its signature, its claims and its time are checked. Whoever reads it must
 * compare the claims with what is requested, and honour all of them.
 *
 * @param serveSecrets the active secrets: one, or two during the grace period of a rotation
 * @param now whole Unix seconds
 * @returns `null` if the token is not valid
 *
 * @example
 * const claims = await readServeToken(token, [secret], now);
 */
export async function readServeToken(
  token: string,
  serveSecrets: readonly string[],
  now: number,
): Promise<ServeClaims | null> {
  const split = splitToken(token);
  if (split === null || (await matchSignature(split, serveSecrets)) < 0) return null;
  const claims = parseServeClaims(split);
  return claims !== null && timeProblem(claims, now) === null ? claims : null;
}

function timeProblem({ exp }: ServeClaims, now: number): ServeTokenRefusal | null {
  if (exp < now) return 'expired';
  return exp > now + MAX_SERVE_SECONDS + CLOCK_ALLOWANCE_SECONDS ? 'expires_too_late' : null;
}

/** Seconds by which clocks that are kept right may differ. */
const CLOCK_LEEWAY_SECONDS = 5;

/**
 * Whether a token proves that it was issued in the second `since` or later. Only `iat` proves it: a signer may
 * choose any `exp`. An `iat` in the future proves that the signer's clock is ahead, so until
 * {@link CLOCK_ALLOWANCE_SECONDS} after `since` the token may have been issued before. Later, clocks that differ by
 * no more than that cannot have dated an earlier token so late.
 *
 * @param since whole Unix second, not in the future
 * @param now whole Unix seconds on the server's clock
 *
 * @example
 * isIssuedSince({ iat: revokedAt + 1 }, revokedAt, revokedAt + 60); // true
 */
export function isIssuedSince(
  { iat }: Pick<CommonServeClaims, 'iat'>,
  since: number,
  now: number,
): boolean {
  if (iat === undefined || iat < since) return false;
  const isRecent = now < since + CLOCK_ALLOWANCE_SECONDS;
  return iat <= now + (isRecent ? CLOCK_LEEWAY_SECONDS : CLOCK_ALLOWANCE_SECONDS);
}

/**
 * Why a token that names a recipient may not be used, as far as this depends on the recipient; `null` if it may.
 *
 * Its `iat` must be one that a token can have: not older than the longest lifetime, and in the future by no more than
 * clocks may differ. So every token from before a revocation is refused some day for this alone, and the revocation
 * needs not be kept for ever.
 *
 * @param revokedAt whole Unix second before which the recipient's tokens were revoked; `null` if they were not
 * @param now whole Unix seconds on the server's clock
 *
 * @example
 * recipientProblem(claims, await recipients.revokedAt(project, claims.sub), now); // null
 */
export function recipientProblem(
  claims: Pick<CommonServeClaims, 'iat'>,
  revokedAt: number | null,
  now: number,
): RecipientRefusal | null {
  if (revokedAt !== null && !isIssuedSince(claims, revokedAt, now)) return 'recipient_revoked';
  const { iat = Number.NEGATIVE_INFINITY } = claims;
  const isPossible =
    iat >= now - MAX_SERVE_SECONDS - CLOCK_ALLOWANCE_SECONDS &&
    iat <= now + CLOCK_ALLOWANCE_SECONDS;
  return isPossible ? null : 'iat_out_of_range';
}

function refuse(reason: ServeTokenRefusal): ServeTokenVerdict {
  return { ok: false, reason };
}

/** Compares the texts: what a folder covers is decided by how the key begins, character for character. */
function covers({ f, d }: ServeClaims, key: string): boolean {
  return d === undefined ? f === key : key.startsWith(d);
}

const RECIPIENT = /^[A-Za-z0-9._:@-]{1,64}$/;

/**
 * Whether a value can be the claim `sub` of a serve token: 1 to 64 of `A-Z a-z 0-9 . _ : @ -`.
 *
 * @example
 * isRecipient('customer:42'); // true
 */
export function isRecipient(value: unknown): value is string {
  return typeof value === 'string' && RECIPIENT.test(value);
}

/**
 * Whether a value can be the claim `max` of a serve token: a whole number of pixels, 1 to 8192.
 *
 * @example
 * isCeiling(800); // true
 */
export function isCeiling(value: unknown): value is number {
  return (
    Number.isSafeInteger(value) && (value as number) >= 1 && (value as number) <= MAX_DIMENSION
  );
}

/**
 * The claims of a ceiling and a recipient; without these, no claims. The values are not checked: {@link isCeiling},
 * {@link isRecipient}. A token with a recipient needs the claim `iat` as well.
 *
 * @param limits `maxEdge` in pixels, `recipient` a label
 *
 * @example
 * limitClaims({ maxEdge: 800, recipient: 'customer:42' }); // { max: 800, sub: 'customer:42' }
 */
export function limitClaims({
  maxEdge,
  recipient,
}: {
  readonly maxEdge?: number | undefined;
  readonly recipient?: string | undefined;
}): Pick<CommonServeClaims, 'max' | 'sub'> {
  return {
    ...(maxEdge === undefined ? {} : { max: maxEdge }),
    ...(recipient === undefined ? {} : { sub: recipient }),
  };
}

/** Returns `null` if a claim is missing or malformed. */
function parseServeClaims(token: SplitToken): ServeClaims | null {
  const claims = parseClaims(token);
  if (claims === null) return null;
  const { p, f, d, exp, iat, max, sub } = claims;
  const isWhole =
    typeof p === 'string' &&
    (d === undefined ? typeof f === 'string' : f === undefined && isFolder(d)) &&
    Number.isSafeInteger(exp) &&
    (iat === undefined || Number.isSafeInteger(iat)) &&
    (max === undefined || isCeiling(max)) &&
    (sub === undefined || (isRecipient(sub) && iat !== undefined));
  return isWhole ? (claims as unknown as ServeClaims) : null;
}
