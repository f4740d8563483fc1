import { describeRateLimiter } from '@auraimage/edge/contracts';
import { vi } from 'vitest';
import { createMemoryRateLimiter } from './upload-rate.js';

describeRateLimiter('memory', async ({ perClient, perProject, seconds }) => {
  vi.useFakeTimers();
  const limiter = createMemoryRateLimiter({
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
