import { matchSignature, parseClaims, signToken, splitToken } from './token.js';

/** Longest lifetime of a serve token, in seconds: 7 days. */
export const MAX_SERVE_SECONDS = 604_800;
/** Shortest lifetime that the SDK signs, in seconds. */
export const MIN_SERVE_SECONDS = 60;
/** Seconds that an `exp` may exceed the maximum, because the signer's clock may be ahead. */
export const CLOCK_ALLOWANCE_SECONDS = 300;

/** Claims of a serve token: image `f` of project `p` may be read until `exp`. */
export interface ServeClaims {
  /** Project name. */
  readonly p: string;
  /** Key of the image (`filename` in URLs). */
  readonly f: string;
  /** Last whole Unix second at which the token is valid. */
  readonly exp: number;
  /** Whole Unix second of signing. */
  readonly iat?: number;
}

/** Why a serve token was refused. Stable codes for metrics and diagnosis, never for the response. */
export type ServeTokenRefusal =
  | 'malformed'
  | 'wrong_signature'
  | 'wrong_claims'
  | 'other_project'
  | 'other_image'
  | 'expired'
  | 'expires_too_late';

/** Why a private read was refused; `revoked`: the token was issued before the image's links were revoked. */
export type ReadRefusal = ServeTokenRefusal | 'missing' | 'revoked';

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
 * Checks whether a token grants access to one image now: first its signature, then its claims.
 *
 * @param token the `token` query parameter as received
 * @param expected the project and key that the request names
 * @param serveSecrets the active secrets: one, or two during the grace period of a rotation
 * @param now whole Unix seconds on the server's clock
 *
 * @example
 * const verdict = await verifyServeToken(token, { p: 'my-app', f: key }, [secret], now);
 * if (!verdict.ok) return forbidden(verdict.reason);
 */
export async function verifyServeToken(
  token: string,
  expected: Pick<ServeClaims, 'p' | 'f'>,
  serveSecrets: readonly string[],
  now: number,
): Promise<ServeTokenVerdict> {
  const split = splitToken(token);
  if (split === null) return refuse('malformed');
  const secretIndex = await matchSignature(split, serveSecrets);
  if (secretIndex < 0) return refuse('wrong_signature');
  const claims = parseClaims(split);
  if (claims === null || !isServeClaims(claims)) return refuse('wrong_claims');
  if (claims.p !== expected.p) return refuse('other_project');
  if (claims.f !== expected.f) return refuse('other_image');
  if (claims.exp < now) return refuse('expired');
  if (claims.exp > now + MAX_SERVE_SECONDS + CLOCK_ALLOWANCE_SECONDS) {
    return refuse('expires_too_late');
  }
  return { ok: true, claims, secretIndex };
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
  { iat }: Pick<ServeClaims, 'iat'>,
  since: number,
  now: number,
): boolean {
  if (iat === undefined || iat < since) return false;
  const isRecent = now < since + CLOCK_ALLOWANCE_SECONDS;
  return iat <= now + (isRecent ? CLOCK_LEEWAY_SECONDS : CLOCK_ALLOWANCE_SECONDS);
}

function refuse(reason: ServeTokenRefusal): ServeTokenVerdict {
  return { ok: false, reason };
}

/**
 * Claims that narrow what a token opens, or name whom it was given to. This version does not enforce them, so it
 * refuses tokens that have them: ignoring them would open more than was signed.
 */
const NOT_ENFORCED = ['max', 'd', 'sub'] as const;

function isServeClaims(claims: object): claims is ServeClaims {
  const { p, f, exp, iat } = claims as Record<keyof ServeClaims, unknown>;
  return (
    !NOT_ENFORCED.some((claim) => Object.hasOwn(claims, claim)) &&
    typeof p === 'string' &&
    typeof f === 'string' &&
    Number.isSafeInteger(exp) &&
    (iat === undefined || Number.isSafeInteger(iat))
  );
}
