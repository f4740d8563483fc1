import type { ImageRecord, RenderTimings } from '@auraimage/ports';
import type { CacheOutcome } from './representation.js';

const PRIVATE_CACHE = 'private, max-age=300';

/**
 * Tells the `Cache-Control` of an answer about an image.
 *
 * @param seconds lifetime of an answer that is not meant to last
 */
export type CacheControl = (image: Pick<ImageRecord, 'visibility'>, seconds?: number) => string;

/**
 * @param sharedSeconds longest that caches which many share may keep an answer (`s-maxage`, RFC 9111
 *   §5.2.2.10); absent: as long as browsers
 */
export function createCacheControl(sharedSeconds: number | undefined): CacheControl {
  const shared = (longest: number) =>
    sharedSeconds === undefined ? '' : `, s-maxage=${Math.min(sharedSeconds, longest)}`;
  const lasting = `public, max-age=31536000${shared(31_536_000)}, immutable`;
  return ({ visibility }, seconds) => {
    const isPublic = visibility === 'public';
    if (seconds === undefined) return isPublic ? lasting : PRIVATE_CACHE;
    return `${visibility}, max-age=${seconds}${isPublic ? shared(seconds) : ''}`;
  };
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
