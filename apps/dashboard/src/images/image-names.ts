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

/** Typed text as a search term; `null` if it is too long. */
export function parseSearch(text: string): string | null {
  const q = text.trim();
  return q.length > MAX_SEARCH_LENGTH ? null : q;
}

/**
 * The filter from the page's query string. The router parses digits as a number; a name can be one. A folder
 * excludes the rest, as in the API.
 */
export function parseImageFilter(search: Readonly<Record<string, unknown>>): ImageFilter {
  const { q: text, visibility, folder } = search;
  if (folder === '' || isFolder(folder)) return { folder };
  const isText = typeof text === 'string' || typeof text === 'number';
  const q = isText ? parseSearch(String(text)) : null;
  return {
    ...(q ? { q } : {}),
    ...(visibility === 'public' || visibility === 'private' ? { visibility } : {}),
  };
}
