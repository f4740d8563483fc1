import {
  InvalidSizeError,
  isTypePattern,
  isVisibility,
  MAX_SERVE_SECONDS,
  MAX_TOKEN_LENGTH,
  MIN_SERVE_SECONDS,
  parseSize,
  type UploadClaims,
  type Visibility,
} from '@auraimage/protocol';
import { AuraImageError } from './errors.js';
import { checkProjectName } from './settings.js';
import type { TransformOptions } from './transform-url.js';

export interface SignUploadOptions {
  /** Largest file: bytes, or a text such as `500kb`, `5mb`, `2gb` (1024-based). Default `30mb`. */
  readonly maxSize?: number | string;
  /** `image/*` or exact types such as `image/png`. Default `['image/*']`. */
  readonly allowedTypes?: readonly string[];
  /** Lifetime in whole seconds, at least 1. Default 3600. */
  readonly expiresIn?: number;
  /** Default `public`. */
  readonly visibility?: Visibility;
  /** Another project of the same account. Default: the constructor's. */
  readonly projectName?: string;
}

export interface SignedUrlOptions {
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
  /** Default: the constructor's. */
  readonly cdnUrl?: string;
}

/** Options of `urlFor()`: transforms, and whether to sign the URL. */
export interface UrlOptions extends TransformOptions {
  /** For a private image: `true`, or the options of `getSignedUrl()`. Default `false`. */
  readonly signed?: boolean | Omit<SignedUrlOptions, 'cdnUrl'>;
  /** Default: the constructor's. */
  readonly cdnUrl?: string;
}

const DEFAULT_SECONDS = 3600;
/** Half of the longest lifetime, so that a URL always has the other half left when it is signed. */
const MAX_STABLE_SECONDS = MAX_SERVE_SECONDS / 2;

/**
 * Validates the options and turns them into claims.
 *
 * @throws {AuraImageError} that names the invalid option
 */
export function uploadClaims(
  options: SignUploadOptions,
  ownProject: string,
  now: number,
): UploadClaims {
  const { maxSize = '30mb', allowedTypes = ['image/*'], visibility, projectName } = options;
  const expiresIn = options.expiresIn ?? DEFAULT_SECONDS;
  if (!Number.isSafeInteger(expiresIn) || expiresIn < 1 || !Number.isSafeInteger(now + expiresIn)) {
    throw invalid('expiresIn', 'a whole number of seconds, at least 1');
  }
  if (
    !Array.isArray(allowedTypes) ||
    allowedTypes.length === 0 ||
    !allowedTypes.every(isTypePattern)
  ) {
    throw invalid('allowedTypes', "an array of 'image/*' or exact types such as 'image/png'");
  }
  if (visibility !== undefined) checkVisibility(visibility);
  return {
    projectName: projectName === undefined ? ownProject : checkProjectName(projectName),
    maxSize: bytes(maxSize),
    allowedTypes,
    iat: now,
    exp: now + expiresIn,
    ...(visibility === undefined ? {} : { visibility }),
  };
}

/** Clamped lifetime of a signed URL, in whole seconds. */
function serveSeconds(expiresIn: number = DEFAULT_SECONDS): number {
  if (typeof expiresIn !== 'number' || Number.isNaN(expiresIn)) {
    throw invalid('expiresIn', 'a number of seconds');
  }
  return Math.floor(Math.min(Math.max(expiresIn, MIN_SERVE_SECONDS), MAX_SERVE_SECONDS));
}

/**
 * When a signed URL is issued and when it expires. With `stableFor`, both depend only on the time
 * window that contains `now`.
 */
export function serveTimes(
  { expiresIn, stableFor }: SignedUrlOptions,
  now: number,
): { readonly iat: number; readonly exp: number } {
  const seconds = serveSeconds(expiresIn);
  if (stableFor === undefined) return { iat: now, exp: now + seconds };
  if (typeof stableFor !== 'number' || Number.isNaN(stableFor)) {
    throw invalid('stableFor', 'a number of seconds');
  }
  const window = Math.floor(Math.min(Math.max(stableFor, 1), MAX_STABLE_SECONDS));
  const iat = now - (now % window);
  return { iat, exp: iat + Math.min(seconds + window, MAX_SERVE_SECONDS) };
}

/** Servers refuse longer tokens. Of the claims, only the list of types has no bound of its own. */
export function checkLength(token: string): string {
  if (token.length <= MAX_TOKEN_LENGTH) return token;
  throw invalid(
    'allowedTypes',
    `a shorter list: a token has at most ${MAX_TOKEN_LENGTH} characters`,
  );
}

export function checkVisibility(visibility: Visibility): void {
  if (!isVisibility(visibility)) throw invalid('visibility', "'public' or 'private'");
}

/** A key is one path segment: what the upload returned as `key`. */
export function checkKey(key: string): void {
  if (typeof key === 'string' && !/^\.{0,2}$|[/\\\p{Surrogate}]/u.test(key)) return;
  const shown = typeof key === 'string' ? JSON.stringify(key) : String(key);
  throw new AuraImageError(
    'key_invalid',
    `${shown} is not a key: pass the "key" of the upload's response, without project and slashes`,
  );
}

function bytes(size: number | string): number {
  try {
    return parseSize(size);
  } catch (cause) {
    if (!(cause instanceof InvalidSizeError)) throw cause;
    throw new AuraImageError('option_invalid', `maxSize: ${cause.message}`, { cause });
  }
}

function invalid(option: string, allowed: string): AuraImageError {
  return new AuraImageError('option_invalid', `${option} must be ${allowed}`);
}
