import type { MasterType } from './media-types.js';
import { MASTER_TYPES } from './media-types.js';

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
  'ready',
  'registry',
  'setup',
  'static',
  'test',
  'v1',
]);

const PROJECT_NAME = /^[a-z0-9-]{2,40}$/;
const KEY = /^[a-z0-9]{10}-[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?\.[a-z0-9]{2,5}$/;
const KEY_ALPHABET = 'abcdefghijklmnopqrstuvwxyz0123456789';
const RANDOM_LENGTH = 10;
const MAX_SLUG_LENGTH = 64;

/** Whether a text is a valid project name: 2 to 40 of `a-z 0-9 -`, not reserved. */
export function isProjectName(name: string): boolean {
  return PROJECT_NAME.test(name) && !RESERVED_PROJECT_NAMES.has(name);
}

/** Whether a text has the form of an image's key, such as `abc123xyz0-photo.jpg`. */
export function isKey(key: string): boolean {
  return KEY.test(key);
}

/**
 * Makes the key of a new image: ten random characters, the slug of the client's file name, and the
 * extension of the detected type. Every key satisfies {@link isKey}.
 *
 * @param random returns uniformly distributed random bytes; tests pass their own
 *
 * @example
 * makeKey('Été à Paris.HEIC.png', 'image/png'); // "k3v9…-ete-a-paris-heic.png"
 */
export function makeKey(
  filename: string,
  type: MasterType,
  random: (count: number) => Uint8Array = randomBytes,
): string {
  return `${randomText(random)}-${slug(filename)}.${MASTER_TYPES[type]}`;
}

/**
 * Makes the readable part of a key: the file's base name without extension and accents, lower case,
 * with every run of other characters replaced by a hyphen; at most 64 characters, and `image` if none
 * is left.
 *
 * @example
 * slug('Été à Paris.jpg'); // "ete-a-paris"
 */
export function slug(filename: string): string {
  const base = filename.slice(-512).split(/[/\\]/).at(-1) ?? '';
  const text = base
    .replace(/\.[^.]{1,10}$/, '')
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, MAX_SLUG_LENGTH)
    .replace(/^-+|-+$/g, '');
  return text === '' ? 'image' : text;
}

/** The project and key that a request names. */
export interface ImageAddress {
  readonly project: string;
  readonly key: string;
}

/**
 * Parses `{project}/{key}` from a URL's path without decoding it, so that the text that is checked is
 * the text that is looked up.
 *
 * @returns `null` for any other path, such as one with a percent sign, a dot segment, or a control or
 *   non-ASCII character
 *
 * @example
 * parseImageAddress('my-app/abc123xyz0-photo.jpg'); // { project: 'my-app', key: 'abc123xyz0-photo.jpg' }
 * parseImageAddress('my-app/abc123xyz0-photo%2Ejpg'); // null
 */
export function parseImageAddress(path: string): ImageAddress | null {
  const slash = path.indexOf('/');
  const project = path.slice(0, slash);
  const key = path.slice(slash + 1);
  return slash > 0 && PROJECT_NAME.test(project) && isKey(key) ? { project, key } : null;
}

function randomBytes(count: number): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(count));
}

/** Rejection sampling: 252 is the largest multiple of 36 below 256, so no character is favoured. */
function randomText(random: (count: number) => Uint8Array): string {
  let text = '';
  while (text.length < RANDOM_LENGTH) {
    for (const byte of random(RANDOM_LENGTH)) {
      if (byte < 252 && text.length < RANDOM_LENGTH) text += KEY_ALPHABET[byte % 36];
    }
  }
  return text;
}
