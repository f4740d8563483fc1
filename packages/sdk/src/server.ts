import {
  parseClaims,
  readServeToken,
  type ServeClaims,
  splitToken,
  type UploadClaims,
  verifySecretKeyToken,
  verifyServeToken as verifyTokenOfImage,
} from '@auraimage/protocol';
import { AuraImageError } from './errors.js';

export {
  type FolderServeClaims,
  type ImageServeClaims,
  MAX_SERVE_SECONDS as MAX_SERVE_TTL_SEC,
  MAX_TOKEN_LENGTH,
  MAX_VISIBILITY_TOKEN_SECONDS,
  parseSize,
  type ServeClaims,
  signServeToken,
  signUploadToken,
  signVisibilityToken,
  type UploadClaims,
  type Visibility,
  type VisibilityClaims,
} from '@auraimage/protocol';
export { AuraImageError } from './errors.js';

/** The secret, or several of which each is valid, as during a rotation. None: no token is valid. */
export type Secrets = string | readonly string[] | null | undefined;

/** Returns the secret keys that may sign for a project. Its name is not verified yet, but well-formed. */
export type SecretResolver = (projectName: string) => Promise<Secrets> | Secrets;

/** A resolver of secrets was given, and the token has no `projectName` to ask it for. */
export class MissingProjectNameError extends AuraImageError {
  override readonly name = 'MissingProjectNameError';
  constructor() {
    super('project_missing', 'The token has no "projectName": its secret cannot be looked up');
  }
}

export interface VerifyOptions {
  /** Whole Unix seconds. Default: this machine's clock. */
  readonly now?: number;
}

export interface VerifyServeOptions extends VerifyOptions {
  /** The image that a request names: tokens that do not open it are refused. */
  readonly image?: { readonly project: string; readonly key: string };
}

/**
 * Verifies an upload token: its signature, every claim's type, and its expiry.
 *
 * @param secret the secret key; or a function that returns the secret keys of a project
 * @returns the claims; `null` for any other text, and for a token that allows something else than an upload
 * @throws {MissingProjectNameError} if `secret` is a function and the token has no `projectName`; and what the
 *   function throws
 *
 * @example
 * const claims = await verifyUploadToken(header, (projectName) => keysOf(projectName));
 * if (claims === null) return new Response('Invalid token', { status: 401 });
 */
export async function verifyUploadToken(
  token: string | null | undefined,
  secret: string | SecretResolver,
  { now = seconds() }: VerifyOptions = {},
): Promise<UploadClaims | null> {
  if (typeof token !== 'string') return null;
  if (typeof secret === 'function') requireProjectName(token);
  const secretKeysOf = async (projectName: string) =>
    listed(typeof secret === 'function' ? await secret(projectName) : secret);
  const verdict = await verifySecretKeyToken(token, secretKeysOf, now);
  return verdict.ok && !('act' in verdict.claims) ? verdict.claims : null;
}

/**
 * Verifies a serve token: its signature, every claim's type, and its expiry.
 *
 * With `image`, it also checks that the token covers this image, alone or with its folder. It then refuses tokens with
 * `max` or `sub`, which narrow access in ways that the caller would have to enforce. Without `image`, all of it is left
 * to the caller: compare `p` and `f` or `d` with what is requested, and honour the other claims.
 *
 * @param secret the serve secret, or both during a rotation
 * @returns the claims; `null` for any other text
 *
 * @example
 * const image = { project: 'my-app', key: 'blog/hero' };
 * if ((await verifyServeToken(token, secret, { image })) === null) return forbidden();
 */
export async function verifyServeToken(
  token: string | null | undefined,
  secret: string | readonly string[],
  { image, now = seconds() }: VerifyServeOptions = {},
): Promise<ServeClaims | null> {
  if (typeof token !== 'string') return null;
  const secrets = listed(secret);
  if (image === undefined) return readServeToken(token, secrets, now);
  const expected = { p: image.project, f: image.key };
  const verdict = await verifyTokenOfImage(token, expected, secrets, now);
  if (!verdict.ok) return null;
  const { max, sub } = verdict.claims;
  return max === undefined && sub === undefined ? verdict.claims : null;
}

/** @throws {MissingProjectNameError} for a token whose claims can be read */
function requireProjectName(token: string): void {
  const split = splitToken(token);
  const claims = split && parseClaims(split);
  if (claims === null) return;
  const { projectName } = claims;
  if (typeof projectName !== 'string' || projectName === '') throw new MissingProjectNameError();
}

/** An empty secret is none: anybody can sign with it. */
function listed(secrets: Secrets): readonly string[] {
  const list = typeof secrets === 'string' ? [secrets] : (secrets ?? []);
  return list.filter((secret) => secret !== '');
}

function seconds(): number {
  return Math.floor(Date.now() / 1000);
}
