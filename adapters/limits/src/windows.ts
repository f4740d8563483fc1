import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';

/** So many in so many seconds. */
export interface Rate {
  readonly points: number;
  readonly seconds: number;
}

interface Counted {
  readonly consumedPoints: number;
  readonly msBeforeNext: number;
}

/** Counts, for each key, in a window that begins with the first that is counted. Keys are any text. */
export interface Windows {
  /** Counts one; rejects with what was counted when it is one too many. */
  consume(key: string): Promise<Counted>;
  /** `null` where no window is open. */
  get(key: string): Promise<Counted | null>;
  /** Counts so many, whatever the rate. */
  penalty(key: string, points: number): Promise<unknown>;
  /** Takes so many back. */
  reward(key: string, points: number): Promise<unknown>;
  /** Closes the window. */
  delete(key: string): Promise<unknown>;
}

/**
 * Makes windows of a rate.
 *
 * @param name keeps them apart from those of other things
 */
export type CreateWindows = (name: string, rate: Rate) => Windows;

/**
 * Counts in this process's memory.
 *
 * @example
 * const limiter = createRateLimiter(createMemoryWindows, rates);
 */
export const createMemoryWindows: CreateWindows = (_, { points, seconds }) =>
  new RateLimiterMemory({ points, duration: seconds });

/** Counts one and resolves with 0, or with the whole seconds to wait. */
export async function wait(windows: Windows, key: string): Promise<number> {
  try {
    await windows.consume(key);
    return 0;
  } catch (refusal) {
    if (refusal instanceof RateLimiterRes)
      return Math.max(1, Math.ceil(refusal.msBeforeNext / 1000));
    throw refusal;
  }
}
