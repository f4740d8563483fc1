import { constantTimeEqual, hmacBase64url } from '#hmac';
import { decodeBase64url, encodeBase64url, isBase64url } from './base64url.js';

/** Longest token that is looked at, in characters. */
export const MAX_TOKEN_LENGTH = 4096;
/** Characters of 32 bytes in base64url. */
const SIGNATURE_LENGTH = 43;

/** The claims of a token: a JSON object whose members nobody has checked yet. */
export type Claims = Readonly<Record<string, unknown>>;

/** A token taken apart. Nothing in it is to be believed until {@link matchSignature} found its secret. */
export interface SplitToken {
  /** The base64url text that the signature covers, as received. */
  readonly payload: string;
  readonly signature: string;
}

const encoder = new TextEncoder();
/** Room for any claims that fit a token. It is used again: a new array costs more than filling it. */
const scratch = new Uint8Array(MAX_TOKEN_LENGTH);
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Signs claims into `<payload>.<signature>`: unpadded base64url of the UTF-8 JSON, then HMAC-SHA256
 * of that text under the UTF-8 bytes of the whole secret, prefix included.
 *
 * @example
 * await signToken({ p: 'my-app', f: 'abc123xyz0-photo.jpg', exp: 1893459600 }, 'psk_live_…');
 */
export async function signToken(claims: Claims, secret: string): Promise<string> {
  const payload = encodeBase64url(utf8(JSON.stringify(claims)));
  return `${payload}.${await hmacBase64url(secret, payload)}`;
}

/**
 * Splits a token at its last `.`. `null` when it is over 4,096 characters, when either half is not
 * canonical base64url, or when the signature is not 32 bytes.
 */
export function splitToken(token: string): SplitToken | null {
  if (token.length > MAX_TOKEN_LENGTH) return null;
  const dot = token.lastIndexOf('.');
  if (dot < 1) return null;
  const payload = token.slice(0, dot);
  const signature = token.slice(dot + 1);
  if (signature.length !== SIGNATURE_LENGTH || !isBase64url(signature)) return null;
  return isBase64url(payload) ? { payload, signature } : null;
}

/**
 * Finds the secret that signed the token; each comparison takes constant time.
 *
 * @returns the index of the secret in `secrets`, or -1.
 */
export async function matchSignature(
  token: SplitToken,
  secrets: readonly string[],
): Promise<number> {
  for (const [index, secret] of secrets.entries()) {
    const hmac: string | Promise<string> = hmacBase64url(secret, token.payload);
    // Node's is there at once, and waiting for what is there takes a turn of its own.
    const expected = typeof hmac === 'string' ? hmac : await hmac;
    if (constantTimeEqual(expected, token.signature)) return index;
  }
  return -1;
}

/** Parses the payload. `null` when it is not the UTF-8 text of a JSON object. */
export function parseClaims({ payload }: SplitToken): Claims | null {
  try {
    const bytes = decodeBase64url(payload, scratch);
    const value: unknown = bytes && JSON.parse(decoder.decode(bytes));
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

/** The UTF-8 bytes of a text, to be used before the next call. */
function utf8(text: string): Uint8Array {
  const { read, written } = encoder.encodeInto(text, scratch);
  return read === text.length ? scratch.subarray(0, written) : encoder.encode(text);
}

function isObject(value: unknown): value is Claims {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
