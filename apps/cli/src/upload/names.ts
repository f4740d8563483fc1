import { parseName } from '@auraimage/protocol';
import anyAscii from 'any-ascii';
import { usageError } from '../errors.js';
import { checkFolder } from '../targets.js';
import { type FoundFile, isImage } from './files.js';

export interface Naming {
  /** The name of the only file. */
  readonly name?: string;
  /** The folder of the names. */
  readonly prefix?: string;
  /** Whether the folders of the files become folders of the names. */
  readonly keepPaths?: boolean;
}

/** The name that a file's image gets, or why it can have none; `null` for a generated key. */
export type NameOf = (
  file: Pick<FoundFile, 'below'>,
) => { readonly name: string } | { readonly problem: string } | null;

/**
 * Names for images: the given one, or made of the paths of their files, in Latin letters, without the extension of an
 * image. Every run of characters that a name cannot have becomes a hyphen.
 *
 * @throws a usage error for a given name that no image can have
 *
 * @example
 * createNames({ prefix: 'trips/2026', keepPaths: true })({ below: 'Tag 1/Größe.jpg', … });
 * // { name: 'trips/2026/Tag-1/Grosse' }
 */
export function createNames({ name, prefix, keepPaths = false }: Naming): NameOf {
  if (name !== undefined) {
    const parsed = parseName(name);
    if (!parsed.ok) throw usageError(parsed.problem);
    return () => ({ name: parsed.name });
  }
  if (prefix === undefined && !keepPaths) return () => null;
  const folder = checkFolder(prefix ?? '');
  return ({ below }) => {
    const pieces = keepPaths ? below.split('/') : below.split('/').slice(-1);
    const last = pieces.pop() ?? '';
    const base = isImage(last) ? last.slice(0, last.lastIndexOf('.')) : last;
    const named = [...pieces, base].map(pieceOf);
    const parsed = parseName(folder + named.join('/'));
    return parsed.ok ? { name: parsed.name } : { problem: parsed.problem };
  };
}

function pieceOf(text: string): string {
  return anyAscii(text.normalize('NFC'))
    .replace(/[^A-Za-z0-9._~-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+|-+$/g, '');
}
