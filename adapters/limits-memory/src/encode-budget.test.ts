import { describeEncodeBudget } from '@auraimage/edge/contracts';
import { vi } from 'vitest';
import { createMemoryEncodeBudget } from './encode-budget.js';

describeEncodeBudget('memory', async (secondsPerMinute) => {
  vi.useFakeTimers();
  return {
    budget: createMemoryEncodeBudget({ secondsPerMinute }),
    pass: async (seconds) => {
      vi.advanceTimersByTime(seconds * 1000);
    },
    close: async () => {
      vi.useRealTimers();
    },
  };
});
