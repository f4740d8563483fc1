import type { ImageEngine } from '@auraimage/edge';
import pLimit from 'p-limit';
import { inspect } from './inspect.js';
import { configureLibvips } from './libvips.js';

export interface SharpEngineOptions {
  /** Most pixels of a file, all its frames together. 50 million unless given. */
  readonly maxPixels?: number;
  /** Most frames or pages. 1000 unless given. */
  readonly maxFrames?: number;
  /** Longest time for one file, in whole seconds. 20 unless given. */
  readonly timeoutSeconds?: number;
  /**
   * Files decoded at the same time; others wait, and bounding those is the caller's part. 2 unless
   * given. An AVIF at the pixel limit takes some 600 MB meanwhile, other types some 150 MB.
   */
  readonly concurrency?: number;
}

/**
 * An image engine on libvips. Only the decoders of the accepted types stay usable in this process.
 *
 * `inspect` gives `image_too_large` for more pixels or frames than allowed, before decoding any, and
 * `image_not_decodable` for what is broken, of another type than announced, or takes too long.
 *
 * @example
 * const engine = createSharpEngine({ maxPixels: 50_000_000 });
 * const found = await engine.inspect(body, 'image/jpeg');
 * if (found.ok) console.log(found.width, found.height, found.blurhash);
 */
export function createSharpEngine({
  maxPixels = 50_000_000,
  maxFrames = 1000,
  timeoutSeconds = 20,
  concurrency = 2,
}: SharpEngineOptions = {}): ImageEngine {
  configureLibvips();
  const limit = pLimit(concurrency);
  const limits = { maxPixels, maxFrames, timeoutSeconds };
  return { inspect: (body, type) => limit(() => inspect(body, type, limits)) };
}
