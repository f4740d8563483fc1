import type { RateLimiter } from '@auraimage/edge';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';

/** So many uploads in so many seconds. */
export interface Rate {
  readonly points: number;
  readonly seconds: number;
}

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

async function wait(limiter: RateLimiterMemory, key: string): Promise<number> {
  try {
    await limiter.consume(key);
    return 0;
  } catch (refusal) {
    if (refusal instanceof RateLimiterRes)
      return Math.max(1, Math.ceil(refusal.msBeforeNext / 1000));
    throw refusal;
  }
}
