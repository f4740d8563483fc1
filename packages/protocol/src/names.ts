/**
 * Names that no project may have: words reserved for the service, and every first path segment that
 * the server routes itself.
 */
export const RESERVED_PROJECT_NAMES: ReadonlySet<string> = new Set([
  'admin',
  'api',
  'assets',
  'cdn',
  'dashboard',
  'device',
  'docs',
  'health',
  'invite',
  'login',
  'logout',
  'metrics',
  'packages',
  'ready',
  'registry',
  'setup',
  'static',
  'test',
  'v1',
]);

const PROJECT_NAME = /^[a-z0-9-]{2,40}$/;
const GENERATED_KEY = /^[a-z0-9]{10}-[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?\.[a-z0-9]{2,5}$/;

/** Whether a text is a valid project name: 2 to 40 of `a-z 0-9 -`, not reserved. */
export function isProjectName(name: string): boolean {
  return PROJECT_NAME.test(name) && !RESERVED_PROJECT_NAMES.has(name);
}

/** Longest name of an image, in characters. Names are ASCII, so these are bytes as well. */
export const MAX_NAME_LENGTH = 255;
/** Most pieces of a name between its slashes. */
export const MAX_NAME_PIECES = 16;

/** Extensions that a key has only if it was generated: those of images, in any case. */
const IMAGE_EXTENSION = /\.(?:jpe?g|png|webp|avif|gif|hei[cf]|jxl|tiff?|bmp)$/i;
/** No `=` and no `,`: a name is never a transform segment. Nothing that a URL would encode. */
const NAME_PIECE = /^[A-Za-z0-9][A-Za-z0-9._~-]*$/;

/**
 * A file's name without the image extension at its end, if it has one.
 *
 * @example
 * withoutImageExtension('Photo.JXL'); // "Photo"
 */
export function withoutImageExtension(name: string): string {
  return name.replace(IMAGE_EXTENSION, '');
}

/** Whether a text has the form of a generated key, such as `abc123xyz0-photo.jpg`. */
export function isGeneratedKey(key: string): boolean {
  return GENERATED_KEY.test(key) && IMAGE_EXTENSION.test(key);
}

/** Whether a text has the form of an image's key: a generated one, or a name such as `users/42/avatar`. */
export function isKey(key: string): boolean {
  return isGeneratedKey(key) || nameProblem(key) === null;
}

/**
 * Whether a value is a folder: what names can begin with, up to and including a slash.
 *
 * @example
 * isFolder('users/42/'); // true
 */
export function isFolder(value: unknown): value is string {
  return typeof value === 'string' && value.endsWith('/') && nameProblem(`${value}x`) === null;
}

export type ParsedName =
  | { readonly ok: true; readonly name: string }
  /** `problem` says what is allowed, such as `"name" must have at most 255 characters`. */
  | { readonly ok: false; readonly problem: string };

/**
 * Parses the name that a developer chose for an image. One image extension at the end is removed, because the
 * extension of an address names the output format.
 *
 * A name has 1 to 255 characters, in at most 16 pieces with `/` between them. A piece starts with a letter or
 * digit, followed by letters, digits, `.`, `_`, `~` and `-`. Case counts. So a name never needs percent-encoding,
 * has no `.` or `..` as a piece, and is never a transform segment.
 *
 * @example
 * parseName('users/42/avatar'); // { ok: true, name: 'users/42/avatar' }
 * parseName('blog/hero.jpg'); // { ok: true, name: 'blog/hero' }
 * parseName('blog/../hero'); // { ok: false, problem: '"name" …' }
 */
export function parseName(claim: string): ParsedName {
  const name = withoutImageExtension(claim);
  const problem = nameProblem(name);
  return problem === null ? { ok: true, name } : { ok: false, problem: `"name" ${problem}` };
}

function nameProblem(name: string): string | null {
  if (name.length === 0) return 'must not be empty';
  if (name.length > MAX_NAME_LENGTH) return `must have at most ${MAX_NAME_LENGTH} characters`;
  const pieces = name.split('/');
  if (pieces.length > MAX_NAME_PIECES) {
    return `must have at most ${MAX_NAME_PIECES} pieces between slashes`;
  }
  if (!pieces.every((piece) => NAME_PIECE.test(piece))) {
    return 'must consist of pieces with "/" between them, each a letter or digit followed by letters, digits, ".", "_", "~" or "-"';
  }
  return IMAGE_EXTENSION.test(name) ? 'must not end in the extension of an image' : null;
}
