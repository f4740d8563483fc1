import { isTypePattern } from './media-types.js';
import { isProjectName } from './names.js';
import { CLOCK_ALLOWANCE_SECONDS } from './serve-token.js';
import { matchSignature, parseClaims, signToken, splitToken } from './token.js';

/** Who may read an image: anyone, or only holders of a serve token. */
export type Visibility = 'public' | 'private';

export function isVisibility(value: unknown): value is Visibility {
  return value === 'public' || value === 'private';
}

/** Longest lifetime of a visibility token, in seconds from its `iat`. */
export const MAX_VISIBILITY_TOKEN_SECONDS = 300;

/** Claims of an upload token: files up to a size and of some types, into one project, until `exp`. */
export interface UploadClaims {
  readonly projectName: string;
  /** Largest file, in bytes. */
  readonly maxSize: number;
  /** `image/*` or exact types such as `image/png`. */
  readonly allowedTypes: readonly string[];
  /** Whole Unix second of signing. */
  readonly iat: number;
  /** Last whole Unix second at which the token is valid. */
  readonly exp: number;
  readonly visibility?: Visibility;
}

/** Claims of a visibility token: set one image to one visibility, within five minutes. */
export interface VisibilityClaims {
  readonly projectName: string;
  readonly act: 'visibility';
  /** Key of the image. */
  readonly f: string;
  readonly visibility: Visibility;
  readonly iat: number;
  readonly exp: number;
}

/** Why a token signed with a secret key was refused. */
export type SecretKeyTokenRefusal =
  | 'malformed'
  | 'unknown_project'
  | 'wrong_signature'
  | 'wrong_claims'
  | 'expired'
  | 'expires_too_late';

export type SecretKeyTokenVerdict =
  | {
      readonly ok: true;
      readonly claims: UploadClaims | VisibilityClaims;
      readonly secretIndex: number;
    }
  | { readonly ok: false; readonly reason: SecretKeyTokenRefusal };

/** Signs an upload token. The claims are not checked: their bounds are the caller's responsibility. */
export function signUploadToken(claims: UploadClaims, secretKey: string): Promise<string> {
  return signToken({ ...claims }, secretKey);
}

/** Signs a visibility token. The claims are not checked. */
export function signVisibilityToken(claims: VisibilityClaims, secretKey: string): Promise<string> {
  return signToken({ ...claims }, secretKey);
}

/**
 * Verifies a token that was signed with a secret key: a visibility token if `'act' in claims`, else
 * an upload token. Only the project's name is read before the signature is checked, to find the keys
 * that may have signed it.
 *
 * @param secretKeysOf returns the active secret keys that may sign for a project; an empty list if
 *   there is no such project. It is called with an untrusted but well-formed project name.
 * @param now whole Unix seconds on the server's clock
 *
 * @example
 * const verdict = await verifySecretKeyToken(header, (project) => keysOf(project), now);
 * if (verdict.ok && !('act' in verdict.claims)) console.log(verdict.claims.maxSize);
 */
export async function verifySecretKeyToken(
  token: string,
  secretKeysOf: (projectName: string) => Promise<readonly string[]> | readonly string[],
  now: number,
): Promise<SecretKeyTokenVerdict> {
  const split = splitToken(token);
  const claims = split && parseClaims(split);
  if (split === null || claims === null) return refuse('malformed');
  const { projectName } = claims;
  if (typeof projectName !== 'string') return refuse('malformed');
  if (!isProjectName(projectName)) return refuse('unknown_project');
  const secrets = await secretKeysOf(projectName);
  if (secrets.length === 0) return refuse('unknown_project');
  const secretIndex = await matchSignature(split, secrets);
  if (secretIndex < 0) return refuse('wrong_signature');
  if (!isVisibilityClaims(claims) && !isUploadClaims(claims)) return refuse('wrong_claims');
  if (claims.exp < now) return refuse('expired');
  if (
    'act' in claims &&
    claims.exp > now + MAX_VISIBILITY_TOKEN_SECONDS + CLOCK_ALLOWANCE_SECONDS
  ) {
    return refuse('expires_too_late'); // its `iat` is in the future
  }
  return { ok: true, claims, secretIndex };
}

function refuse(reason: SecretKeyTokenRefusal): SecretKeyTokenVerdict {
  return { ok: false, reason };
}

function isUploadClaims(claims: object): claims is UploadClaims {
  const { maxSize, allowedTypes, visibility, iat, exp, act } = claims as Record<string, unknown>;
  return (
    act === undefined &&
    isPositiveInteger(maxSize) &&
    Array.isArray(allowedTypes) &&
    allowedTypes.length > 0 &&
    allowedTypes.every(isTypePattern) &&
    (visibility === undefined || isVisibility(visibility)) &&
    Number.isSafeInteger(iat) &&
    Number.isSafeInteger(exp)
  );
}

function isVisibilityClaims(claims: object): claims is VisibilityClaims {
  const { f, visibility, iat, exp, act } = claims as Record<string, unknown>;
  return (
    act === 'visibility' &&
    typeof f === 'string' &&
    isVisibility(visibility) &&
    Number.isSafeInteger(iat) &&
    Number.isSafeInteger(exp) &&
    (exp as number) - (iat as number) <= MAX_VISIBILITY_TOKEN_SECONDS
  );
}

function isPositiveInteger(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) > 0;
}
