import type { AttemptLimiter, EncodeBudget, RateLimiter } from '@auraimage/ports';
import { createAttemptLimiter, createEncodeBudget, createRateLimiter } from './limiters.js';
import type { CreateWindows } from './windows.js';

/** Limits on requests and work over time. */
export interface Limits {
  readonly uploadRate: RateLimiter;
  readonly encodeBudget: EncodeBudget;
  readonly attempts: AttemptLimiter;
}

export interface LimitRates {
  readonly encodeSecondsPerMinute: number;
  /** A minute. */
  readonly uploadsPerClient: number;
  /** A minute. */
  readonly uploadsPerProject: number;
}

/**
 * Creates all limits of a server.
 *
 * @param key secret that hashes subjects; those that share their counts share it. A random one by default
 */
export function createLimits(
  createWindows: CreateWindows,
  { uploadsPerClient, uploadsPerProject, encodeSecondsPerMinute }: LimitRates,
  key?: Uint8Array,
): Limits {
  const shared = key === undefined ? {} : { key };
  return {
    uploadRate: createRateLimiter(createWindows, {
      perClient: { points: uploadsPerClient, seconds: 60 },
      perProject: { points: uploadsPerProject, seconds: 60 },
    }),
    encodeBudget: createEncodeBudget(createWindows, {
      secondsPerMinute: encodeSecondsPerMinute,
      ...shared,
    }),
    attempts: createAttemptLimiter(createWindows, shared),
  };
}
