import { encodeBase64url } from './base64url.js';

const MAX_CACHED_KEYS = 64;
const encoder = new TextEncoder();
const keys = new Map<string, Promise<CryptoKey>>();

/**
 * HMAC-SHA256 (RFC 2104) of `message` under `secret`, both as UTF-8, in unpadded base64url. Uses
 * WebCrypto, and caches the 64 most recently used keys: importing a key costs more than using it.
 */
export async function hmacBase64url(secret: string, message: string): Promise<string> {
  const signature = await crypto.subtle.sign(
    'HMAC',
    await importedKey(secret),
    encoder.encode(message),
  );
  return encodeBase64url(new Uint8Array(signature));
}

/** Compares two texts in time that depends only on their lengths. */
export function constantTimeEqual(a: string, b: string): boolean {
  const left = encoder.encode(a);
  const right = encoder.encode(b);
  if (left.length !== right.length) return false;
  let difference = 0;
  for (let i = 0; i < left.length; i++) difference |= (left[i] as number) ^ (right[i] as number);
  return difference === 0;
}

function importedKey(secret: string): Promise<CryptoKey> {
  const cached = keys.get(secret);
  const key = cached ?? importKey(secret);
  keys.delete(secret);
  keys.set(secret, key);
  if (keys.size > MAX_CACHED_KEYS) keys.delete(keys.keys().next().value as string);
  return key;
}

function importKey(secret: string): Promise<CryptoKey> {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  return crypto.subtle.importKey('raw', encoder.encode(secret), algorithm, false, ['sign']);
}
