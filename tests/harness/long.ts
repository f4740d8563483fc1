import { inject } from 'vitest';

declare module 'vitest' {
  interface ProvidedContext {
    /** Whether this is `npm run test:long`. */
    readonly long: boolean;
  }
}

/**
 * How often something is done: `short` under `npm test`, `long` under `npm run test:long`. A short count has
 * to be high enough to fail for the bug that the test is there for.
 *
 * @example
 * const ROUNDS = shortOrLong(4, 50);
 */
export function shortOrLong<T>(short: T, long: T): T {
  return inject('long') ? long : short;
}
