import type { RateLimiter } from '@auraimage/edge';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { type Rate, wait } from './rate.js';

export interface MemoryRateLimiterOptions {
  readonly perClient: Rate;
  readonly perProject: Rate;
}

/**
 * Upload rates in this process's memory. A client over its own rate does not use up its project's.
 *
 * @example
 * createMemoryRateLimiter({
 *   perClient: { points: 120, seconds: 60 },
 *   perProject: { points: 1200, seconds: 60 },
 * });
 */
export function createMemoryRateLimiter(options: MemoryRateLimiterOptions): RateLimiter {
  const clients = windows(options.perClient);
  const projects = windows(options.perProject);
  return {
    async take(client, project) {
      return (await wait(clients, client)) || (await wait(projects, project));
    },
  };
}

function windows({ points, seconds }: Rate): RateLimiterMemory {
  return new RateLimiterMemory({ points, duration: seconds });
}
