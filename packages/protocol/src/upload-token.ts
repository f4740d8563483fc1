import { isTypePattern, normalizeTypePattern } from './media-types.js';
import { metadataProblem } from './metadata.js';
import { isProjectName, parseName } from './names.js';
import { CLOCK_ALLOWANCE_SECONDS } from './serve-token.js';
import { type Claims, matchSignature, parseClaims, signToken, splitToken } from './token.js';

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
  /** `image/*`, `*\/*` or exact types such as `image/png`, in lower case once verified. */
  readonly allowedTypes: readonly string[];
  /** Whole Unix second of signing. */
  readonly iat: number;
  /** Last whole Unix second at which the token is valid. */
  readonly exp: number;
  /** Of the image afterwards. Without it a new image is public, and a replaced one stays what it was. */
  readonly visibility?: Visibility;
  /** The image's key. Without it, a key is generated. {@link parseName} */
  readonly name?: string;
  /** Whether an image that has the name is replaced; otherwise the upload is refused. Needs `name`. */
  readonly overwrite?: boolean;
  /** At most 16 pairs. {@link metadataProblem} */
  readonly metadata?: Readonly<Record<string, string>>;
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
  | {
      readonly ok: false;
      readonly reason: SecretKeyTokenRefusal;
      /** For `wrong_claims`: names the claim and says what is allowed. The signature was right. */
      readonly problem?: string;
    };

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
  const verdict = 'act' in claims ? checkVisibility(claims, now) : checkUpload(claims, now);
  return 'ok' in verdict ? verdict : { ok: true, claims: verdict, secretIndex };
}

type Refusal = Extract<SecretKeyTokenVerdict, { ok: false }>;

function checkUpload(claims: Claims, now: number): UploadClaims | Refusal {
  const parsed = parseUpload(claims);
  if (typeof parsed === 'string') return { ok: false, reason: 'wrong_claims', problem: parsed };
  return parsed.exp < now ? refuse('expired') : parsed;
}

function checkVisibility(claims: Claims, now: number): VisibilityClaims | Refusal {
  if (!isVisibilityClaims(claims)) return refuse('wrong_claims');
  if (claims.exp < now) return refuse('expired');
  const latest = now + MAX_VISIBILITY_TOKEN_SECONDS + CLOCK_ALLOWANCE_SECONDS;
  // Its `iat` is in the future.
  return claims.exp > latest ? refuse('expires_too_late') : claims;
}

function refuse(reason: SecretKeyTokenRefusal): Refusal {
  return { ok: false, reason };
}

/** Returns the claims, or which of them is malformed. */
function parseUpload(claims: Claims): UploadClaims | string {
  const { projectName, maxSize, allowedTypes, visibility, iat, exp } = claims;
  if (!isPositiveInteger(maxSize)) return '"maxSize" must be a whole number of bytes, at least 1';
  if (!isTypePatterns(allowedTypes)) {
    return '"allowedTypes" must be a list of image types such as "image/png", "image/*" or "*/*"';
  }
  if (!isSeconds(iat)) return '"iat" must be the Unix second of signing';
  if (!isSeconds(exp)) return '"exp" must be a Unix second';
  if (visibility !== undefined && !isVisibility(visibility)) {
    return '"visibility" must be "public" or "private"';
  }
  const naming = parseNaming(claims);
  if (typeof naming === 'string') return naming;
  return {
    projectName: projectName as string,
    maxSize,
    allowedTypes: allowedTypes.map(normalizeTypePattern),
    iat: Math.floor(iat),
    exp: Math.floor(exp),
    ...(visibility === undefined ? {} : { visibility }),
    ...naming,
  };
}

type Naming = Pick<UploadClaims, 'name' | 'overwrite' | 'metadata'>;

function parseNaming({ name, overwrite, metadata }: Claims): Naming | string {
  const naming: { -readonly [K in keyof Naming]: Naming[K] } = {};
  if (name !== undefined) {
    const parsed = typeof name === 'string' ? parseName(name) : null;
    if (parsed === null) return '"name" must be a text';
    if (!parsed.ok) return parsed.problem;
    naming.name = parsed.name;
  }
  if (overwrite !== undefined) {
    if (typeof overwrite !== 'boolean') return '"overwrite" must be true or false';
    if (overwrite && name === undefined) return '"overwrite" must have a "name" beside it';
    naming.overwrite = overwrite;
  }
  if (metadata !== undefined) {
    const problem = metadataProblem(metadata);
    if (problem !== null) return `"metadata" ${problem}`;
    naming.metadata = metadata as Readonly<Record<string, string>>;
  }
  return naming;
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

/** A fraction is allowed, because signers divide milliseconds; it is floored. */
function isSeconds(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(Math.floor(value));
}

function isTypePatterns(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.length > 0 && value.every(isTypePattern);
}
