import { describeRateLimiter } from '@auraimage/ports/contracts';
import { expect, it, vi } from 'vitest';
import { createRateLimiter } from './upload-rate.js';
import { createMemoryWindows } from './windows.js';

describeRateLimiter('memory', async ({ perClient, perProject, seconds }) => {
  vi.useFakeTimers();
  const limiter = createRateLimiter(createMemoryWindows, {
    perClient: { points: perClient, seconds },
    perProject: { points: perProject, seconds },
  });
  return {
    limiter,
    pass: async (passed) => {
      vi.advanceTimersByTime(passed * 1000);
    },
    close: async () => {
      vi.useRealTimers();
    },
  };
});

it('counts all addresses of one network together', async () => {
  const limiter = createRateLimiter(createMemoryWindows, {
    perClient: { points: 1, seconds: 60 },
    perProject: { points: 100, seconds: 60 },
  });
  expect(await limiter.take('2001:db8::1', 'my-app')).toBe(0);
  expect(await limiter.take('2001:db8::2', 'my-app')).toBeGreaterThan(0);
  expect(await limiter.take('2001:db8:0:1::1', 'my-app')).toBe(0);
});
