import { encodeBase64url } from './base64url.js';

/** Begins every secret key: it belongs to an account and signs upload tokens. */
export const SECRET_KEY_PREFIX = 'sk_live_';
/** Begins every serve secret: it belongs to a project and signs serve tokens. */
export const SERVE_SECRET_PREFIX = 'psk_live_';

/**
 * Makes a secret of 256 random bits behind its prefix.
 *
 * @example
 * makeSecret(SECRET_KEY_PREFIX); // "sk_live_R8w…", 51 characters
 */
export function makeSecret(prefix: typeof SECRET_KEY_PREFIX | typeof SERVE_SECRET_PREFIX): string {
  return prefix + encodeBase64url(crypto.getRandomValues(new Uint8Array(32)));
}
