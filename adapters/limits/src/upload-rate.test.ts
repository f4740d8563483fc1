import { describeRateLimiter } from '@auraimage/edge/contracts';
import { vi } from 'vitest';
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
