import { type RateLimiterAbstract, RateLimiterRes } from 'rate-limiter-flexible';
import type { Windows } from './windows.js';

/** The windows that a limiter of rate-limiter-flexible counts. */
export function windowsOf(limiter: RateLimiterAbstract): Windows {
  return {
    async consume(key) {
      try {
        await limiter.consume(key);
        return 0;
      } catch (refusal) {
        if (!(refusal instanceof RateLimiterRes)) throw refusal;
        return Math.max(1, refusal.msBeforeNext);
      }
    },
    get: (key) => limiter.get(key),
    penalty: (key, points) => limiter.penalty(key, points),
    reward: (key, points) => limiter.reward(key, points),
    delete: (key) => limiter.delete(key),
  };
}
