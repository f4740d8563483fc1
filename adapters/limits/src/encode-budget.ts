import type { EncodeBudget } from '@auraimage/ports';
import type { CreateWindows } from './windows.js';

export interface EncodeBudgetOptions {
  /** Time that each project's variants may take to make in a minute. */
  readonly secondsPerMinute: number;
}

/**
 * A project's minute begins with the first time that it spends. What is spent beyond the budget is
 * forgiven with the minute: only work that was under way can overdraw it.
 *
 * @example
 * const budget = createEncodeBudget(createMemoryWindows, { secondsPerMinute: 60 });
 * await budget.spend('my-app', 350);
 */
export function createEncodeBudget(
  createWindows: CreateWindows,
  { secondsPerMinute }: EncodeBudgetOptions,
): EncodeBudget {
  const points = secondsPerMinute * 1000;
  const spent = createWindows('encode', { points, seconds: 60 });
  return {
    async wait(project) {
      const minute = await spent.get(project);
      if (minute === null || minute.consumedPoints < points) return 0;
      return Math.max(0, Math.ceil(minute.msBeforeNext / 1000));
    },
    async spend(project, milliseconds) {
      const whole = Math.ceil(milliseconds); // it counts whole ones
      if (whole >= 0) await spent.penalty(project, whole);
      else await spent.reward(project, -whole);
    },
  };
}
