import * as crypto from 'node:crypto';

const MAX_KEPT_KEYS = 64;
/** SHA-256's, in bytes. */
const BLOCK = 64;
const DIGEST = 32;
/** Room behind a key block, in bytes: for a payload many times as long as the SDK signs. */
const ROOM = 4096;

/** The two hashed texts of HMAC: each begins with its key block, the rest is written anew each time. */
interface KeyedBlocks {
  readonly inner: Buffer;
  readonly outer: Buffer;
}

const kept = new Map<string, KeyedBlocks>();

/**
 * HMAC-SHA256 of `message` under `secret` (both as UTF-8), as unpadded base64url. Native and synchronous.
 *
 * Two one-shot hashes (RFC 2104 §2) take half the time of `createHmac`, which still does the work where
 * Node has no one-shot hash (before 20.12) and for long messages.
 */
export function hmacBase64url(secret: string, message: string): string {
  if (crypto.hash === undefined || message.length * 3 > ROOM) return plainHmac(secret, message);
  const { inner, outer } = keyedBlocks(secret);
  const length = inner.write(message, BLOCK);
  const digest = crypto.hash('sha256', inner.subarray(0, BLOCK + length), 'binary');
  outer.write(digest, BLOCK, 'binary');
  return crypto.hash('sha256', outer, 'base64url');
}

/** Compares two texts in time that depends on their lengths alone. */
export function constantTimeEqual(a: string, b: string): boolean {
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.length === right.length && crypto.timingSafeEqual(left, right);
}

function plainHmac(secret: string, message: string): string {
  return crypto.createHmac('sha256', secret).update(message).digest('base64url');
}

function keyedBlocks(secret: string): KeyedBlocks {
  const known = kept.get(secret);
  if (known !== undefined) return known;
  const blocks = makeKeyedBlocks(secret);
  if (kept.size >= MAX_KEPT_KEYS) kept.clear(); // moving each use to the end costs as much as a hash
  kept.set(secret, blocks);
  return blocks;
}

function makeKeyedBlocks(secret: string): KeyedBlocks {
  const bytes = Buffer.from(secret);
  const long = bytes.length > BLOCK;
  const key = long ? crypto.createHash('sha256').update(bytes).digest() : bytes;
  const inner = Buffer.alloc(BLOCK + ROOM, 0x36);
  const outer = Buffer.alloc(BLOCK + DIGEST, 0x5c);
  for (const [at, byte] of key.entries()) {
    inner[at] = byte ^ 0x36;
    outer[at] = byte ^ 0x5c;
  }
  return { inner, outer };
}
