import { isKey, isProjectName, parseImageAddress } from '@auraimage/protocol';
import { usageError } from './errors.js';
import { printable } from './output.js';
import type { Settings } from './settings.js';

/** An image as the person named it. */
export interface NamedImage {
  /** Absent where only the key was given. */
  readonly project?: string;
  readonly key: string;
}

/**
 * Reads `key`, `project/key` or the image's whole URL, with or without token.
 *
 * @throws a usage error for anything else, and for a URL of another deployment: its images may have
 *   namesakes in this one
 */
export function parseImage(
  text: string,
  { apiUrl, cdnUrl, webUrl }: Pick<Settings, 'apiUrl' | 'cdnUrl' | 'webUrl'>,
): NamedImage {
  if (!/^https?:/i.test(text)) return parsePath(text, text);
  if (!URL.canParse(text)) throw wrong(text);
  const { origin, pathname } = new URL(text);
  const plain = `${origin}${pathname}`;
  const base = [cdnUrl, apiUrl, webUrl].find((known) => plain.startsWith(`${known}/`));
  if (base !== undefined) return parsePath(plain.slice(base.length + 1), plain);
  throw usageError(
    `${origin} is not the server that aura works with (${cdnUrl})`,
    'Set AURA_API_URL and AURA_CDN_URL, or give the key alone.',
  );
}

function parsePath(path: string, given: string): NamedImage {
  if (isKey(path)) return { key: path };
  const address = parseImageAddress(path);
  if (address === null || !isProjectName(address.project)) throw wrong(given);
  return address;
}

/** Without the query, which may hold a token. */
function wrong(given: string): Error {
  const [shown = ''] = printable(given).split('?');
  return usageError(
    `${JSON.stringify(shown.slice(0, 200))} is not an image`,
    'Give its key (abc123xyz0-photo.jpg), project/key, or its URL.',
  );
}
