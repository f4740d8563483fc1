import type { ImageRecord } from '@auraimage/ports';
import { withoutImageExtension } from '@auraimage/protocol';
import { keptFileName } from '../upload/file-name.js';

/** Extensions of the types that a response may have. */
const EXTENSIONS: Readonly<Record<string, string>> = { 'image/jpeg': 'jpg' };

/**
 * The `Content-Disposition` of a download (RFC 6266). The name is the one that was requested, else the file name of
 * the upload, else the last piece of the key; an extension that does not fit the type sent is replaced by one that
 * does, except in a requested name.
 *
 * @param requested the text of `download`, empty if it has none
 *
 * @example
 * dispositionOf({ key: 'a/b', fileName: 'Größe.HEIC' }, 'image/jpeg', '');
 * // attachment; filename="Gr__e.jpg"; filename*=UTF-8''Gr%C3%B6%C3%9Fe.jpg
 */
export function dispositionOf(
  { key, fileName, type: masterType }: Pick<ImageRecord, 'key' | 'fileName' | 'type'>,
  type: string,
  requested: string,
): string {
  const own = fileName ?? key.slice(key.lastIndexOf('/') + 1);
  const base = withoutImageExtension(own);
  const hasOwnType = type === masterType && base !== own;
  const extension = EXTENSIONS[type] ?? type.slice('image/'.length);
  const fitting = hasOwnType ? own : `${base}.${extension}`;
  const name = keptFileName(requested) ?? fitting;
  // RFC 6266 §4.3: clients that do not know `filename*` take the other.
  const ascii = name.replace(/[^\x20-\x7e]/gu, '_').replace(/["\\%]/g, '_');
  return `attachment; filename="${ascii}"; filename*=UTF-8''${extendedValue(name)}`;
}

/** RFC 8187 §3.2: everything but `attr-char` percent-encoded as UTF-8. */
function extendedValue(text: string): string {
  return encodeURIComponent(text).replace(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
