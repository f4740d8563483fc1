import {
  InvalidSizeError,
  isTypePattern,
  isVisibility,
  MAX_TOKEN_LENGTH,
  metadataProblem,
  type Point,
  parseName,
  parseSize,
  toPoint,
  type UploadClaims,
  type Visibility,
} from '@auraimage/protocol';
import { AuraImageError } from './errors.js';
import { checkKnown } from './known-options.js';
import { checkProjectName } from './settings.js';

export interface SignUploadOptions {
  /** Largest file: bytes, or a text such as `500kb`, `5mb`, `2gb` (1024-based). Default `30mb`. */
  readonly maxSize?: number | string;
  /** `image/*`, `*\/*` or exact types such as `image/png`. Default `['image/*']`. */
  readonly allowedTypes?: readonly string[];
  /** Lifetime in whole seconds, at least 1. Default 3600. */
  readonly expiresIn?: number;
  /** Default: `public`; of an image that is replaced, what it was. */
  readonly visibility?: Visibility;
  /** Another project of the same account. Default: the constructor's. */
  readonly projectName?: string;
  /**
   * The image's name, such as `users/42/avatar`. One image extension at its end is removed. Default: a generated
   * key.
   */
  readonly name?: string;
  /** Whether an image that has the name is replaced; otherwise the upload is refused. Needs `name`. Default `false`. */
  readonly overwrite?: boolean;
  /** At most 16 pairs with keys of 1 to 40 of `a-z 0-9 _ -`, 2,048 bytes as JSON in all. */
  readonly metadata?: Readonly<Record<string, string>>;
}

const SIGN_UPLOAD = {
  maxSize: true,
  allowedTypes: true,
  expiresIn: true,
  visibility: true,
  projectName: true,
  name: true,
  overwrite: true,
  metadata: true,
} satisfies Record<keyof SignUploadOptions, true>;

export interface ListOptions {
  /** Only images whose key begins with it, in the order of their keys, such as `users/42/`. */
  readonly prefix?: string;
  /** Whether images in folders below `prefix` are listed as their folders. Default `false`. */
  readonly folders?: boolean;
  /** Part of the key or of the file name: 1 to 64 characters, in any case. Not with `prefix` and `folders`. */
  readonly search?: string;
  /** Not with `prefix` and `folders`. */
  readonly visibility?: Visibility;
  /** Images per page, 1 to 1000. Default 100. */
  readonly limit?: number;
  /** `cursor` of the previous page. */
  readonly cursor?: string;
}

/** Each option's query parameter. */
const LIST = {
  prefix: 'prefix',
  folders: 'delimiter',
  search: 'q',
  visibility: 'visibility',
  limit: 'limit',
  cursor: 'cursor',
} satisfies Record<keyof ListOptions, string>;

const DEFAULT_SECONDS = 3600;
const MAX_PAGE = 1000;

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
  checkKnown(options, Object.keys(SIGN_UPLOAD), 'signUpload()');
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
    maxSize: bytesOf(maxSize),
    allowedTypes,
    iat: now,
    exp: now + expiresIn,
    ...(visibility === undefined ? {} : { visibility }),
    ...namingOf(options),
  };
}

function namingOf({
  name,
  overwrite,
  metadata,
}: SignUploadOptions): Pick<UploadClaims, 'name' | 'overwrite' | 'metadata'> {
  if (overwrite !== undefined && typeof overwrite !== 'boolean') {
    throw invalid('overwrite', 'true or false');
  }
  if (overwrite && name === undefined) throw invalid('overwrite', 'beside a name');
  if (metadata !== undefined) checkMetadata(metadata);
  return {
    ...(name === undefined ? {} : { name: checkName(name) }),
    ...(overwrite === undefined ? {} : { overwrite }),
    ...(metadata === undefined ? {} : { metadata }),
  };
}

/**
 * Returns the name without the image extension at its end.
 *
 * @throws {AuraImageError} `option_invalid`
 */
export function checkName(name: string): string {
  if (typeof name !== 'string') throw invalid('name', 'a text');
  const parsed = parseName(name);
  if (parsed.ok) return parsed.name;
  throw new AuraImageError('option_invalid', parsed.problem.replace('"name"', 'name'));
}

/** @throws {AuraImageError} `option_invalid` */
export function checkMetadata(metadata: Readonly<Record<string, string>>): void {
  const problem = metadataProblem(metadata);
  if (problem !== null) throw new AuraImageError('option_invalid', `metadata ${problem}`);
}

/** @throws {AuraImageError} `option_invalid` */
export function checkFocus(focus: Point): Point {
  const point = toPoint(focus);
  if (point === null) throw invalid('focus', 'null, or an x and a y of 0 to 1');
  return point;
}

/**
 * The query of a list, with its `?`; empty for the first page of everything.
 *
 * @throws {AuraImageError} that names the invalid option
 */
export function listQuery(options: ListOptions): string {
  checkKnown(options, Object.keys(LIST), 'list()');
  const { prefix, folders, search, visibility, limit } = options;
  if (folders !== undefined && typeof folders !== 'boolean') {
    throw invalid('folders', 'true or false');
  }
  if (visibility !== undefined) checkVisibility(visibility);
  if (limit !== undefined && !(Number.isSafeInteger(limit) && limit >= 1 && limit <= MAX_PAGE)) {
    throw invalid('limit', `a whole number of 1 to ${MAX_PAGE}`);
  }
  const inFolder = prefix !== undefined || folders === true;
  if (inFolder && (search !== undefined || visibility !== undefined)) {
    throw invalid(search === undefined ? 'visibility' : 'search', 'without prefix and folders');
  }
  const query = new URLSearchParams();
  for (const [option, parameter] of Object.entries(LIST)) {
    const value = options[option as keyof ListOptions];
    if (value === undefined || value === false) continue;
    query.set(parameter, value === true ? '/' : String(value));
  }
  const text = query.toString();
  return text && `?${text}`;
}

/** Servers refuse longer tokens. Of the claims, only the list of types has no bound of its own. */
export function checkLength(token: string): string {
  if (token.length <= MAX_TOKEN_LENGTH) return token;
  throw invalid(
    'allowedTypes',
    `a shorter list, or metadata less: a token has at most ${MAX_TOKEN_LENGTH} characters`,
  );
}

export function checkVisibility(visibility: Visibility): void {
  if (!isVisibility(visibility)) throw invalid('visibility', "'public' or 'private'");
}

/** @throws {AuraImageError} `option_invalid` */
export function bytesOf(size: number | string): number {
  try {
    return parseSize(size);
  } catch (cause) {
    if (!(cause instanceof InvalidSizeError)) throw cause;
    throw new AuraImageError('option_invalid', `maxSize: ${cause.message}`, { cause });
  }
}

export function invalid(option: string, allowed: string): AuraImageError {
  return new AuraImageError('option_invalid', `${option} must be ${allowed}`);
}
