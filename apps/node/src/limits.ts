import type { AttemptLimiter } from '@auraimage/control';
import type { EncodeBudget, RateLimiter } from '@auraimage/edge';
import {
  createAttemptLimiter,
  createEncodeBudget,
  createMemoryWindows,
  createRateLimiter,
} from '@auraimage/limits';
import type { Config } from './config.js';

/** What counts requests and work over time. */
export interface Limits {
  readonly uploadRate: RateLimiter;
  readonly encodeBudget: EncodeBudget;
  readonly attempts: AttemptLimiter;
}

/** Counts in this process's memory. */
export function createMemoryLimits({
  uploadsPerClient,
  uploadsPerProject,
  encodeSecondsPerMinute,
}: Pick<Config, 'encodeSecondsPerMinute' | 'uploadsPerClient' | 'uploadsPerProject'>): Limits {
  return {
    uploadRate: createRateLimiter(createMemoryWindows, {
      perClient: { points: uploadsPerClient, seconds: 60 },
      perProject: { points: uploadsPerProject, seconds: 60 },
    }),
    encodeBudget: createEncodeBudget(createMemoryWindows, {
      secondsPerMinute: encodeSecondsPerMinute,
    }),
    attempts: createAttemptLimiter(createMemoryWindows),
  };
}
