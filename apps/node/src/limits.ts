import type { AttemptLimiter } from '@auraimage/control';
import type { EncodeBudget, RateLimiter } from '@auraimage/edge';
import {
  createMemoryAttemptLimiter,
  createMemoryEncodeBudget,
  createMemoryRateLimiter,
} from '@auraimage/limits-memory';
import type { Config } from './config.js';

/** What counts requests and work over time. */
export interface Limits {
  readonly uploadRate: RateLimiter;
  readonly encodeBudget: EncodeBudget;
  readonly attempts: AttemptLimiter;
}

/** Counts in this process's memory. */
export function createMemoryLimits(
  config: Pick<Config, 'encodeSecondsPerMinute' | 'uploadsPerClient' | 'uploadsPerProject'>,
): Limits {
  return {
    uploadRate: createMemoryRateLimiter({
      perClient: { points: config.uploadsPerClient, seconds: 60 },
      perProject: { points: config.uploadsPerProject, seconds: 60 },
    }),
    encodeBudget: createMemoryEncodeBudget({ secondsPerMinute: config.encodeSecondsPerMinute }),
    attempts: createMemoryAttemptLimiter(),
  };
}
