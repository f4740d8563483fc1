import {
  describeAttemptLimiter,
  describeEncodeBudget,
  describeRateLimiter,
} from '@auraimage/ports/contracts';
import { expect, it, vi } from 'vitest';
import {
  ATTEMPT_LIMITS,
  createAttemptLimiter,
  createEncodeBudget,
  createRateLimiter,
} from './limiters.js';
import { createMemoryWindows } from './memory-windows.js';

function fakeClock() {
  vi.useFakeTimers();
  return {
    advance: async (seconds: number) => void vi.advanceTimersByTime(seconds * 1000),
    close: async () => void vi.useRealTimers(),
  };
}

describeAttemptLimiter('memory', async (limit) => {
  const kinds = Object.keys(ATTEMPT_LIMITS).map((kind) => [kind, limit] as const);
  const limits = { ...ATTEMPT_LIMITS, ...Object.fromEntries(kinds) };
  return { ...fakeClock(), limiter: createAttemptLimiter(createMemoryWindows, { limits }) };
});

describeRateLimiter('memory', async ({ perClient, perProject, seconds }) => {
  const limiter = createRateLimiter(createMemoryWindows, {
    perClient: { points: perClient, seconds },
    perProject: { points: perProject, seconds },
  });
  return { ...fakeClock(), limiter };
});

describeEncodeBudget('memory', async (secondsPerMinute) => ({
  ...fakeClock(),
  budget: createEncodeBudget(createMemoryWindows, { secondsPerMinute }),
}));

it('limits uploads of a /64 network as those of one client', async () => {
  const limiter = createRateLimiter(createMemoryWindows, {
    perClient: { points: 1, seconds: 60 },
    perProject: { points: 100, seconds: 60 },
  });
  expect(await limiter.consume('2001:db8::1', 'my-app')).toBe(0);
  expect(await limiter.consume('2001:db8::2', 'my-app')).toBeGreaterThan(0);
  expect(await limiter.consume('2001:db8:0:1::1', 'my-app')).toBe(0);
});
