import { constantTimeEqual, hmacBase64url } from '#hmac';
import { decodeBase64url, encodeBase64url, isBase64url } from './base64url.js';
import { andThen, type MaybePromise } from './maybe-promise.js';

/** Prefix of every secret key, which belongs to an account and signs upload tokens. */
export const SECRET_KEY_PREFIX = 'sk_live_';
/** Prefix of every serve secret, which belongs to a project and signs serve tokens. */
export const SERVE_SECRET_PREFIX = 'psk_live_';

/** Longest token that is accepted, in characters. */
export const MAX_TOKEN_LENGTH = 4096;
/** Length of 32 bytes in base64url. */
const SIGNATURE_LENGTH = 43;

/** The claims of a token: a JSON object whose members are not checked yet. */
export type Claims = Readonly<Record<string, unknown>>;

/** A parsed token. Its payload is untrusted until {@link matchSignature} has found its secret. */
export interface SplitToken {
  /** The base64url text that the signature covers, as received. */
  readonly payload: string;
  readonly signature: string;
}

const encoder = new TextEncoder();
/** Reused buffer for the claims of a token: allocating one costs more than filling it. */
const scratch = new Uint8Array(MAX_TOKEN_LENGTH);
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Makes a secret of 256 random bits behind its prefix.
 *
 * @example
 * makeSecret(SECRET_KEY_PREFIX); // "sk_live_R8w…", 51 characters
 */
export function makeSecret(prefix: typeof SECRET_KEY_PREFIX | typeof SERVE_SECRET_PREFIX): string {
  return prefix + encodeBase64url(crypto.getRandomValues(new Uint8Array(32)));
}

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
 * Splits a token at its last `.`.
 *
 * @returns `null` if it has over 4,096 characters, if either half is not canonical base64url, or if the
 *   signature is not 32 bytes
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
 * Finds the secret that signed the token, comparing in constant time.
 *
 * @returns the index of the secret in `secrets`, or -1; a promise of it where HMAC is asynchronous
 */
export function matchSignature(
  token: SplitToken,
  secrets: readonly string[],
): MaybePromise<number> {
  return matchFrom(0, token, secrets);
}

/** @param index of the first secret that is tried */
function matchFrom(
  index: number,
  token: SplitToken,
  secrets: readonly string[],
): MaybePromise<number> {
  const secret = secrets[index];
  if (secret === undefined) return -1;
  return andThen(hmacBase64url(secret, token.payload), (expected: string) =>
    constantTimeEqual(expected, token.signature) ? index : matchFrom(index + 1, token, secrets),
  );
}

/** Parses the payload. Returns `null` if it is not the UTF-8 text of a JSON object. */
export function parseClaims({ payload }: SplitToken): Claims | null {
  try {
    const bytes = decodeBase64url(payload, scratch);
    const value: unknown = bytes && JSON.parse(decoder.decode(bytes));
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

/** The UTF-8 bytes of a text. The next call may overwrite them. */
function utf8(text: string): Uint8Array {
  const { read, written } = encoder.encodeInto(text, scratch);
  return read === text.length ? scratch.subarray(0, written) : encoder.encode(text);
}

function isObject(value: unknown): value is Claims {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
