import type { ImageRecord } from '../ports.js';
import type { CacheOutcome } from './master.js';

const PUBLIC_CACHE = 'public, max-age=31536000, immutable';
const PRIVATE_CACHE = 'private, max-age=300';

/** The master's strong entity tag: its bytes never change, so neither does this. */
export function masterTag(image: ImageRecord): string {
  return `"${image.sha256}"`;
}

/** Tag of the JSON that has these members of a record: they are as constant as the master. */
export function blurhashTag({ sha256 }: ImageRecord, members: readonly string[]): string {
  return `"${sha256}-${members.join('-')}"`;
}

export function cacheControl(image: ImageRecord): string {
  return image.visibility === 'private' ? PRIVATE_CACHE : PUBLIC_CACHE;
}

/**
 * `Server-Timing` (W3C Server Timing §2): where the answer came from. A private one always tells of
 * the origin and of no cache hit.
 *
 * @param originMs milliseconds spent on the record and the object store
 */
export function serverTiming(outcome: CacheOutcome, originMs: number): string {
  const cache = `cache;desc="${outcome}"`;
  return outcome === 'HIT' ? cache : `origin;dur=${originMs.toFixed(1)}, ${cache}`;
}
