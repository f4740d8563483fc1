const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

const VALUES = new Int8Array(128).fill(-1);
for (let i = 0; i < ALPHABET.length; i++) VALUES[ALPHABET.charCodeAt(i)] = i;

/**
 * Encodes bytes as base64url without padding (RFC 4648 §5).
 *
 * @example
 * encodeBase64url(new Uint8Array([255, 239])); // "_-8"
 */
export function encodeBase64url(bytes: Uint8Array): string {
  let text = '';
  let i = 0;
  for (; i + 2 < bytes.length; i += 3) {
    const n = (at(bytes, i) << 16) | (at(bytes, i + 1) << 8) | at(bytes, i + 2);
    text += symbol(n >> 18) + symbol(n >> 12) + symbol(n >> 6) + symbol(n);
  }
  if (i + 1 < bytes.length) {
    const n = (at(bytes, i) << 16) | (at(bytes, i + 1) << 8);
    text += symbol(n >> 18) + symbol(n >> 12) + symbol(n >> 6);
  } else if (i < bytes.length) {
    const n = at(bytes, i) << 16;
    text += symbol(n >> 18) + symbol(n >> 12);
  }
  return text;
}

/**
 * The canonical texts by length modulo 4. The last character of a shorter group holds bits that are
 * left over, which are zero (RFC 4648 §3.5).
 */
const CANONICAL = [/^[\w-]*$/, /(?!)/, /^[\w-]*[AQgw]$/, /^[\w-]*[AEIMQUYcgkosw048]$/] as const;

/**
 * Whether a text is canonical, unpadded base64url. Every byte sequence has exactly one such text:
 * padding, characters outside the alphabet and non-zero bits at the end are not.
 *
 * @example
 * isBase64url('_-8'); // true
 * isBase64url('_-9'); // false: the same bytes, another text
 */
export function isBase64url(text: string): boolean {
  return CANONICAL[(text.length % 4) as 0 | 1 | 2 | 3].test(text);
}

/**
 * Decodes canonical, unpadded base64url; anything else gives `null`.
 *
 * @example
 * decodeBase64url('_-8'); // Uint8Array [255, 239]
 */
export function decodeBase64url(text: string): Uint8Array<ArrayBuffer> | null {
  if (!isBase64url(text)) return null;
  const bytes = new Uint8Array(Math.floor((text.length * 3) / 4));
  let bits = 0;
  let held = 0;
  let out = 0;
  for (let i = 0; i < text.length; i++) {
    held = ((held << 6) | (VALUES[text.charCodeAt(i)] as number)) & 0xffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes[out++] = (held >> bits) & 0xff;
    }
  }
  return bytes;
}

function at(bytes: Uint8Array, index: number): number {
  return bytes[index] as number;
}

function symbol(sextet: number): string {
  return ALPHABET[sextet & 63] as string;
}
