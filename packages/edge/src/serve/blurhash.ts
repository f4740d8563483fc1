import type { ImageRecord } from '@auraimage/ports';
import { bytesBody, partOf } from './body.js';
import type { CacheOutcome, Representation } from './representation.js';
import { type CacheControl, serverTiming } from './respond.js';

/**
 * Members of an image's record as JSON: as constant as its master, and cached exactly as it.
 *
 * @param started `performance.now()` at the request's arrival
 */
export function blurhashOf(
  image: ImageRecord,
  members: readonly ('blurhash' | 'width' | 'height')[],
  cacheControl: CacheControl,
  started: number,
): Representation {
  const value = Object.fromEntries(members.map((member) => [member, image[member]]));
  const bytes = new TextEncoder().encode(JSON.stringify(value));
  const outcome: CacheOutcome = image.visibility === 'private' ? 'BYPASS' : 'MISS';
  return {
    etag: `"${image.sha256}-${members.join('-')}"`,
    type: 'application/json',
    length: bytes.length,
    fields: { 'Cache-Control': cacheControl(image) },
    outcome: async () => outcome,
    read: async (range) => ({ body: partOf(bytesBody(bytes), range), outcome }),
    timing: () => serverTiming(outcome, performance.now() - started),
  };
}
