import { MASTER_TYPES, type MasterType } from '@auraimage/protocol';
import anyAscii from 'any-ascii';

const KEY_ALPHABET = 'abcdefghijklmnopqrstuvwxyz0123456789';
const RANDOM_LENGTH = 10;
const MAX_SLUG_LENGTH = 64;
/** Characters of a base name that its slug is made of: more would not fit into it. */
const MAX_SLUGGED = 128;
/** Characters of a received name that are read. */
const MAX_READ = 4096;
const MAX_FILE_NAME_BYTES = 255;

/**
 * Makes the key of a new image: ten random characters, the slug of the client's file name, and the
 * extension of the detected type. Every key satisfies `isGeneratedKey`.
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
 * Makes the readable part of a key: the file's base name without extension in Latin letters, lower case, with
 * every run of other characters replaced by a hyphen; at most 64 characters, and `image` if none is left.
 *
 * @example
 * slug('Größe à Paris.jpg'); // "grosse-a-paris"
 * slug('灯泡.png'); // "dengpao"
 */
export function slug(filename: string): string {
  const base = baseName(filename).slice(-MAX_SLUGGED);
  const text = anyAscii(base.replace(/\.[^.]{1,10}$/, '').normalize('NFC'))
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+/, '')
    .slice(0, MAX_SLUG_LENGTH)
    .replace(/-+$/, '');
  return text === '' ? 'image' : text;
}

/**
 * The file name to keep: without folders, control characters and unpaired surrogates, cut to 255 bytes in UTF-8.
 *
 * @returns `null` if nothing is left
 *
 * @example
 * keptFileName('C:\\fakepath\\Größe.jpg'); // "Größe.jpg"
 */
export function keptFileName(filename: string): string | null {
  const clean = baseName(filename)
    .replace(/[\p{Cc}\p{Cs}]/gu, '')
    .trim();
  let bytes = 0;
  let kept = '';
  for (const character of clean) {
    bytes += encoder.encode(character).length;
    if (bytes > MAX_FILE_NAME_BYTES) break;
    kept += character;
  }
  return kept === '' ? null : kept;
}

const encoder = new TextEncoder();

/** Browsers send a name without folders, some clients a whole path. */
function baseName(filename: string): string {
  return filename.slice(-MAX_READ).split(/[/\\]/).at(-1) ?? '';
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
