import type { ImageRecord, RenderTimings } from '../ports.js';
import type { CacheOutcome } from './representation.js';

const PUBLIC_CACHE = 'public, max-age=31536000, immutable';
const PRIVATE_CACHE = 'private, max-age=300';

export function cacheControl(image: ImageRecord): string {
  return image.visibility === 'private' ? PRIVATE_CACHE : PUBLIC_CACHE;
}

/**
 * `Server-Timing` (W3C Server Timing §2): where the answer came from, and what was done for it. A
 * private one always tells of the origin and of no cache hit.
 *
 * @param originMs milliseconds spent on the record and the object store
 * @param steps further steps and their milliseconds
 */
export function serverTiming(
  outcome: CacheOutcome,
  originMs: number,
  steps: Partial<RenderTimings> = {},
): string {
  const cache = `cache;desc="${outcome}"`;
  if (outcome === 'HIT') return cache;
  const made = Object.entries(steps).map(([step, ms]) => `, ${step};dur=${ms.toFixed(1)}`);
  return `origin;dur=${originMs.toFixed(1)}, ${cache}${made.join('')}`;
}
