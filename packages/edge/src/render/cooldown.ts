import type { Clock } from '@auraimage/ports';

/** Most failures that are remembered at once. */
const MAX_COOLING = 10_000;

/** Remembers what failed for a while, so that it is not tried again with every request. */
export function createCooldown(clock: Clock) {
  const until = new Map<string, number>();
  return {
    isCooling: (id: string): boolean => (until.get(id) ?? 0) > clock.now(),
    start(id: string, ms: number): void {
      if (until.size >= MAX_COOLING) until.clear();
      until.set(id, clock.now() + ms);
    },
  };
}
