import {
  type CreateWindows,
  createAttemptLimiter,
  createEncodeBudget,
  createMemoryWindows,
  createRateLimiter,
  openPostgresWindows,
} from '@auraimage/limits';
import type { AttemptLimiter, EncodeBudget, RateLimiter } from '@auraimage/ports';
import type { Config } from '../config/config.js';
import type { Stores } from './stores.js';

/** What counts requests and work over time. */
export interface Limits {
  readonly uploadRate: RateLimiter;
  readonly encodeBudget: EncodeBudget;
  readonly attempts: AttemptLimiter;
}

type Rates = Pick<Config, 'encodeSecondsPerMinute' | 'uploadsPerClient' | 'uploadsPerProject'>;

/** Counts in this process's memory. */
export function createMemoryLimits(rates: Rates): Limits {
  return createLimits(createMemoryWindows, rates);
}

/** Counts in the database, together with all servers that have the same. */
export function openSharedLimits(
  rates: Rates,
  { kysely, limitsKey: key }: Pick<Stores, 'kysely' | 'limitsKey'>,
  onFailure: (failure: unknown) => void,
): Limits {
  const { createWindows } = openPostgresWindows({ kysely, key, onFailure });
  return createLimits(createWindows, rates, key);
}

function createLimits(
  createWindows: CreateWindows,
  { uploadsPerClient, uploadsPerProject, encodeSecondsPerMinute }: Rates,
  key?: Uint8Array,
): Limits {
  return {
    uploadRate: createRateLimiter(createWindows, {
      perClient: { points: uploadsPerClient, seconds: 60 },
      perProject: { points: uploadsPerProject, seconds: 60 },
    }),
    encodeBudget: createEncodeBudget(createWindows, { secondsPerMinute: encodeSecondsPerMinute }),
    attempts: createAttemptLimiter(createWindows, key === undefined ? {} : { key }),
  };
}
