import * as crypto from 'node:crypto';

const MAX_CACHED_KEYS = 64;
/** SHA-256's block and digest length, in bytes. */
const BLOCK = 64;
const DIGEST = 32;
/** Longest message for the fast path, in bytes: many times the length of what the SDK signs. */
const MAX_MESSAGE = 4096;

/** Inputs of HMAC's two hashes: each starts with its key block; the rest is overwritten per call. */
interface KeyedBlocks {
  readonly inner: Buffer;
  readonly outer: Buffer;
}

const cachedBlocks = new Map<string, KeyedBlocks>();

/**
 * HMAC-SHA256 (RFC 2104) of `message` under `secret`, both as UTF-8, in unpadded base64url. Synchronous.
 *
 * Two one-shot hashes take half the time of `createHmac`. Long messages and Node before 20.12, which
 * has no one-shot hash, still use `createHmac`.
 */
export function hmacBase64url(secret: string, message: string): string {
  if (crypto.hash === undefined || message.length * 3 > MAX_MESSAGE)
    return plainHmac(secret, message);
  const { inner, outer } = keyedBlocks(secret);
  const length = inner.write(message, BLOCK);
  const digest = crypto.hash('sha256', inner.subarray(0, BLOCK + length), 'binary');
  outer.write(digest, BLOCK, 'binary');
  return crypto.hash('sha256', outer, 'base64url');
}

/** Compares two texts in time that depends only on their lengths. */
export function constantTimeEqual(a: string, b: string): boolean {
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.length === right.length && crypto.timingSafeEqual(left, right);
}

function plainHmac(secret: string, message: string): string {
  return crypto.createHmac('sha256', secret).update(message).digest('base64url');
}

function keyedBlocks(secret: string): KeyedBlocks {
  const cached = cachedBlocks.get(secret);
  if (cached !== undefined) return cached;
  const blocks = makeKeyedBlocks(secret);
  if (cachedBlocks.size >= MAX_CACHED_KEYS) cachedBlocks.clear(); // an LRU update would cost as much as a hash
  cachedBlocks.set(secret, blocks);
  return blocks;
}

function makeKeyedBlocks(secret: string): KeyedBlocks {
  const bytes = Buffer.from(secret);
  const long = bytes.length > BLOCK;
  const key = long ? crypto.createHash('sha256').update(bytes).digest() : bytes;
  const inner = Buffer.alloc(BLOCK + MAX_MESSAGE, 0x36);
  const outer = Buffer.alloc(BLOCK + DIGEST, 0x5c);
  for (const [at, byte] of key.entries()) {
    inner[at] = byte ^ 0x36;
    outer[at] = byte ^ 0x5c;
  }
  return { inner, outer };
}
