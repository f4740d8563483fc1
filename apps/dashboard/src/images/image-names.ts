import { isFolder, isGeneratedKey } from '@auraimage/protocol';
import type { ImageFilter } from '../api/images.js';
import type { Image } from '../api/types.js';

/** Length of the random characters and the dash at the start of a generated key. */
const RANDOM_LENGTH = 11;
const MAX_SEARCH_LENGTH = 64;

/** The readable part of a key: of a generated one, the name of the uploaded file; otherwise all of it. */
export function givenName(key: string): string {
  return isGeneratedKey(key) ? key.slice(RANDOM_LENGTH) : key;
}

/** A folder, such as `users/42/`, from the address of its page; empty for the outermost one. */
export const folderOf = (splat: string | undefined): string =>
  splat === undefined || splat === '' ? '' : `${splat.replace(/\/$/, '')}/`;

/** What follows the folder in a key, or the last piece of a folder. */
export const lastPiece = (path: string): string => path.replace(/\/$/, '').split('/').at(-1) ?? '';

/**
 * The name of the downloaded master: the name of the uploaded file, or the image's name with the extension of
 * its type.
 */
export function downloadName({
  key,
  filename,
  masterFormat,
}: Pick<Image, 'key' | 'filename' | 'masterFormat'>): string {
  if (filename !== null) return filename;
  const name = lastPiece(givenName(key));
  return isGeneratedKey(key) ? name : `${name}.${masterFormat === 'jpeg' ? 'jpg' : masterFormat}`;
}

/**
 * Typed text as a search term that the server accepts, empty for none: without control characters and halves of
 * characters, with single spaces, and cut to 64 characters.
 */
export function parseSearch(text: string): string {
  return withoutHalves(
    text
      .normalize('NFC')
      .replace(/[\s\p{Cc}]+/gu, ' ')
      .trim()
      .slice(0, MAX_SEARCH_LENGTH),
  ).trim();
}

/** Without surrogates that have no partner: they cannot be part of an address. */
const withoutHalves = (text: string): string => text.replace(/\p{Cs}/gu, '');

/**
 * The filter from the page's query string. The router parses digits as a number, and `true` as a boolean; a name can
 * be either. A folder excludes the rest, as in the API.
 */
export function parseImageFilter(search: Readonly<Record<string, unknown>>): ImageFilter {
  const { q: text, visibility, folder } = search;
  if (folder === '' || isFolder(folder)) return { folder };
  const isText = ['string', 'number', 'boolean'].includes(typeof text);
  const q = isText ? parseSearch(String(text)) : '';
  return {
    ...(q ? { q } : {}),
    ...(visibility === 'public' || visibility === 'private' ? { visibility } : {}),
  };
}

const MAX_STEM = 64;
const FALLBACK_STEM = 'image';

/**
 * The name of a file in a folder: the file's own without its extension, in characters that names have.
 *
 * @param taken names that begin with the same text; the new name gets a number if it is among them
 *
 * @example
 * nameInFolder('users/42/', 'Größe 1.JPG', []); // 'users/42/grosse-1'
 */
export function nameInFolder(folder: string, filename: string, taken: readonly string[]): string {
  const name = nameStem(folder, filename);
  const names = new Set(taken);
  for (let number = 2; ; number++) {
    const numbered = number === 2 && !names.has(name) ? name : `${name}-${number}`;
    if (!names.has(numbered)) return numbered;
  }
}

/** {@link nameInFolder} before its number. */
export function nameStem(folder: string, filename: string): string {
  const stem = filename
    .replace(/\.[^.]{1,10}$/, '')
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replaceAll('ß', 'ss')
    .toLowerCase()
    .replace(/[^a-z0-9_~]+/g, '-')
    .slice(0, MAX_STEM)
    .replace(/^[^a-z0-9]+|[^a-z0-9]+$/g, '');
  return `${folder}${stem || FALLBACK_STEM}`;
}
