import {
  isCeiling,
  isFolder,
  isRecipient,
  limitClaims,
  MAX_DIMENSION,
  MAX_SERVE_SECONDS,
  MIN_SERVE_SECONDS,
  type ServeClaims,
  signServeToken,
} from '@auraimage/protocol';
import { keyPath } from './address.js';
import { AuraImageError } from './errors.js';
import { checkKnown } from './known-options.js';
import { invalid } from './options.js';
import {
  checkOriginalAlone,
  TRANSFORM_OPTIONS,
  type TransformOptions,
  transformParameters,
} from './transform-url.js';

/** What limits a serve token, and where it is used. */
export interface ServeOptions {
  /** Lifetime in seconds, clamped to 60…604800 (7 days). Default 3600. */
  readonly expiresIn?: number;
  /**
   * Length in seconds of a time window in which every call returns the same URL, so that browsers
   * find the image in their cache. The URL then works for at least `expiresIn` and at most
   * `expiresIn + stableFor` seconds; everybody who gets a URL within a window gets the same one.
   * Clamped to 1…302400. If both together exceed 604800, `expiresIn` is shortened. Default: every
   * second has its own URL.
   */
  readonly stableFor?: number;
  /**
   * Longest side, in pixels, of what the token opens: 1 to 8192. It then never opens the original. Default: no limit,
   * and the original, too.
   */
  readonly maxEdge?: number;
  /**
   * Whom the token is given to, such as `customer:42`, so that all that was given can be revoked together: 1 to 64 of
   * `A-Z a-z 0-9 . _ : @ -`. Whoever has the token can read it. Default: nobody in particular.
   */
  readonly recipient?: string;
  /** Default: the constructor's. */
  readonly cdnUrl?: string;
}

const SERVE = ['expiresIn', 'stableFor', 'maxEdge', 'recipient', 'cdnUrl'];

/** How an image is shown, or saved. */
export interface ShownOptions extends TransformOptions {
  /**
   * Whether browsers save the image instead of showing it: `true`, or the name of the saved file. The token does not
   * cover it: whoever has the URL can add or remove it.
   */
  readonly download?: boolean | string;
}

const SHOWN = [...TRANSFORM_OPTIONS, 'download'];

export interface SignedUrlOptions extends ShownOptions, ServeOptions {}

/** A token for all images of a folder. As JSON, it is everything but the function. */
export interface SignedFolder {
  /** What the keys of its images begin with, such as `users/42/`. */
  readonly prefix: string;
  /** Add it to any address of an image in the folder, as `?token=`. */
  readonly token: string;
  /** ISO 8601. */
  readonly expiresAt: string;
  /**
   * The URL of an image in the folder.
   *
   * @param key beginning with `prefix`
   * @throws {AuraImageError} `key_invalid`, `option_invalid`, `option_unknown`
   *
   * @example
   * album.url('users/42/june', { width: 400 });
   */
  readonly url: (key: string, options?: ShownOptions) => string;
}

/** What signs: a project, and where its images are. */
export interface Signer {
  /** Without trailing slashes. */
  readonly cdnUrl: string;
  readonly project: string;
  readonly serveSecret: string;
}

const DEFAULT_SECONDS = 3600;
const MAX_FILE_NAME_BYTES = 255;
/** Half of the longest lifetime, so that a URL always has the other half left when it is signed. */
const MAX_STABLE_SECONDS = MAX_SERVE_SECONDS / 2;

/** @throws {AuraImageError} `option_unknown` */
export function checkSignedUrlOptions(options: SignedUrlOptions): void {
  checkKnown(options, [...SHOWN, ...SERVE], 'getSignedUrl()');
}

/**
 * @param now whole Unix seconds
 * @throws {AuraImageError} that names the invalid option
 */
export async function signUrl(
  { cdnUrl, project, serveSecret }: Signer,
  key: string,
  options: SignedUrlOptions,
  now: number,
): Promise<string> {
  const path = keyPath(key);
  const claims = { p: project, f: key, ...limits(options, now) };
  const parameters = parametersOf(options, claims);
  const token = await signServeToken(claims, serveSecret);
  return `${cdnUrl}/${project}/${path}?token=${token}${parameters}`;
}

/**
 * @param now whole Unix seconds
 * @throws {AuraImageError} that names the invalid option
 */
export async function signFolder(
  { cdnUrl, project, serveSecret }: Signer,
  prefix: string,
  options: ServeOptions,
  now: number,
): Promise<SignedFolder> {
  checkKnown(options, SERVE, 'signFolder()');
  if (!isFolder(prefix)) {
    throw invalid('prefix', "pieces of names with '/' behind each, such as 'users/42/'");
  }
  const claims = { p: project, d: prefix, ...limits(options, now) };
  const token = await signServeToken(claims, serveSecret);
  return {
    prefix,
    token,
    expiresAt: new Date(claims.exp * 1000).toISOString(),
    url(key, shown = {}) {
      checkKnown(shown, SHOWN, 'url()');
      const path = keyPath(key);
      if (!key.startsWith(prefix)) {
        const name = JSON.stringify(key.slice(0, 80));
        throw new AuraImageError('key_invalid', `${name} is not in the folder ${prefix}`);
      }
      return `${cdnUrl}/${project}/${path}?token=${token}${parametersOf(shown, claims)}`;
    },
  };
}

/** The claims that limit a token, beside those that say what it opens. */
function limits(options: ServeOptions, now: number): Omit<ServeClaims, 'p' | 'f' | 'd'> {
  const { maxEdge, recipient } = options;
  if (maxEdge !== undefined && !isCeiling(maxEdge)) {
    throw invalid('maxEdge', `a whole number of 1 to ${MAX_DIMENSION}`);
  }
  if (recipient !== undefined && !isRecipient(recipient)) {
    throw invalid('recipient', "a text of 1 to 64 letters, digits and '.', '_', ':', '@', '-'");
  }
  return { ...serveTimes(options, now), ...limitClaims(options) };
}

/**
 * When a token is issued and when it expires. With `stableFor`, both depend only on the time window that contains
 * `now`.
 */
function serveTimes(
  { expiresIn = DEFAULT_SECONDS, stableFor }: ServeOptions,
  now: number,
): { readonly iat: number; readonly exp: number } {
  if (typeof expiresIn !== 'number' || Number.isNaN(expiresIn)) {
    throw invalid('expiresIn', 'a number of seconds');
  }
  const seconds = Math.floor(Math.min(Math.max(expiresIn, MIN_SERVE_SECONDS), MAX_SERVE_SECONDS));
  if (stableFor === undefined) return { iat: now, exp: now + seconds };
  if (typeof stableFor !== 'number' || Number.isNaN(stableFor)) {
    throw invalid('stableFor', 'a number of seconds');
  }
  const window = Math.floor(Math.min(Math.max(stableFor, 1), MAX_STABLE_SECONDS));
  const iat = now - (now % window);
  return { iat, exp: iat + Math.min(seconds + window, MAX_SERVE_SECONDS) };
}

/** The query parameters of transforms and a download, each with its `&`. */
function parametersOf(options: ShownOptions, { max }: Pick<ServeClaims, 'max'>): string {
  const given = transformParameters(options);
  checkOriginalAlone(given);
  const isStripped = given.size === 1 && given.has('metadata');
  if (max !== undefined && (given.get('fmt') === 'original' || isStripped)) {
    throw invalid('maxEdge', 'absent where the original is asked for, by format or metadata');
  }
  const transforms = [...given].map(([name, value]) => `&${name}=${value}`).join('');
  return `${transforms}${downloadParameter(options)}`;
}

function downloadParameter({ download = false }: ShownOptions): string {
  if (typeof download === 'boolean') return download ? '&download=' : '';
  if (
    typeof download !== 'string' ||
    download === '' ||
    /[\p{Cc}\p{Surrogate}]/u.test(download) ||
    new TextEncoder().encode(download).length > MAX_FILE_NAME_BYTES
  ) {
    throw invalid(
      'download',
      'true, false, or a file name of 1 to 255 bytes without control characters',
    );
  }
  return `&download=${encodeURIComponent(download)}`;
}
