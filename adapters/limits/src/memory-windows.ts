import { RateLimiterMemory } from 'rate-limiter-flexible';
import { windowsOf } from './rate-limiter.js';
import type { CreateWindows } from './windows.js';

/**
 * Counts in the memory of this process.
 *
 * @example
 * const limiter = createRateLimiter(createMemoryWindows, rates);
 */
export const createMemoryWindows: CreateWindows = (_, { points, seconds }) =>
  windowsOf(new RateLimiterMemory({ points, duration: seconds }));
