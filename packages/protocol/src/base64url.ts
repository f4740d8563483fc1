const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

const VALUES = new Int8Array(128).fill(-1);
for (let i = 0; i < ALPHABET.length; i++) VALUES[ALPHABET.charCodeAt(i)] = i;

/** Two characters for each 12 bits: fewer concatenations than one character for each 6. */
const PAIRS = Array.from({ length: 4096 }, (_, n) => symbol(n >> 6) + symbol(n));

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
    text += pair((at(bytes, i) << 4) | (at(bytes, i + 1) >> 4));
    text += pair((at(bytes, i + 1) << 8) | at(bytes, i + 2));
  }
  if (i + 1 < bytes.length) {
    text += pair((at(bytes, i) << 4) | (at(bytes, i + 1) >> 4)) + symbol(at(bytes, i + 1) << 2);
  } else if (i < bytes.length) {
    text += pair(at(bytes, i) << 4);
  }
  return text;
}

/**
 * Canonical texts, by length modulo 4. The unused bits in the last character of an incomplete group
 * must be zero (RFC 4648 §3.5).
 */
const CANONICAL = [/^[\w-]*$/, /(?!)/, /^[\w-]*[AQgw]$/, /^[\w-]*[AEIMQUYcgkosw048]$/] as const;

/**
 * Whether a text is canonical, unpadded base64url (RFC 4648 §5). Every byte sequence has exactly one
 * such text: padding, other characters and non-zero unused bits are refused.
 *
 * @example
 * isBase64url('_-8'); // true
 * isBase64url('_-9'); // false: the same bytes, another text
 */
export function isBase64url(text: string): boolean {
  return CANONICAL[(text.length % 4) as 0 | 1 | 2 | 3].test(text);
}

/**
 * Decodes canonical, unpadded base64url.
 *
 * @param target a buffer to reuse. If the bytes fit, they overwrite it from its start, and the result
 *   is a view of it
 * @returns `null` for any other text
 *
 * @example
 * decodeBase64url('_-8'); // Uint8Array [255, 239]
 */
export function decodeBase64url(
  text: string,
  target?: Uint8Array<ArrayBuffer>,
): Uint8Array<ArrayBuffer> | null {
  const length = Math.floor((text.length * 3) / 4);
  const fits = target !== undefined && length <= target.length;
  const bytes = fits ? target.subarray(0, length) : new Uint8Array(length);
  let seen = 0; // negative once any sextet was negative
  let out = 0;
  let i = 0;
  for (; i + 3 < text.length; i += 4, out += 3) {
    const n = (pairAt(text, i) << 12) | pairAt(text, i + 2);
    seen |= n;
    bytes[out] = n >> 16;
    bytes[out + 1] = n >> 8;
    bytes[out + 2] = n;
  }
  const rest = text.length - i;
  if (rest === 1) return null;
  if (rest > 1) {
    const n = (pairAt(text, i) << 12) | (rest === 3 ? sextetAt(text, i + 2) << 6 : 0);
    const unused = rest === 3 ? 0xff : 0xffff;
    seen |= (n & unused) === 0 ? n : -1;
    bytes[out] = n >> 16;
    if (rest === 3) bytes[out + 1] = n >> 8;
  }
  return seen < 0 ? null : bytes;
}

/** The 6 bits of a character; negative for one outside the alphabet. */
function sextetAt(text: string, index: number): number {
  return VALUES[text.charCodeAt(index)] ?? -1;
}

function pairAt(text: string, index: number): number {
  return (sextetAt(text, index) << 6) | sextetAt(text, index + 1);
}

function at(bytes: Uint8Array, index: number): number {
  return bytes[index] as number;
}

function pair(bits: number): string {
  return PAIRS[bits & 4095] as string;
}

function symbol(sextet: number): string {
  return ALPHABET[sextet & 63] as string;
}
