import type { ImageEngine } from '@auraimage/edge';
import pLimit from 'p-limit';
import { inspect } from './inspect.js';
import { configureLibvips } from './libvips.js';

export interface SharpEngineOptions {
  /** Most pixels of an image, all its frames together. */
  readonly maxPixels: number;
  /** Most frames or pages. */
  readonly maxFrames: number;
  /** Images decoded at the same time. An AVIF of 50 megapixels takes some 600 MB meanwhile. */
  readonly concurrency: number;
  /** Longest decode, in whole seconds. */
  readonly timeoutSeconds?: number;
}

/**
 * An image engine on libvips.
 *
 * @example
 * const engine = createSharpEngine({ maxPixels: 50_000_000, maxFrames: 1000, concurrency: 2 });
 */
export function createSharpEngine({
  maxPixels,
  maxFrames,
  concurrency,
  timeoutSeconds = 20,
}: SharpEngineOptions): ImageEngine {
  configureLibvips();
  const limit = pLimit(concurrency);
  return {
    inspect: (body, type) =>
      limit(() => inspect(body, type, { maxPixels, maxFrames, timeoutSeconds })),
  };
}
