import { describeEncodeBudget } from '@auraimage/ports/contracts';
import { vi } from 'vitest';
import { createEncodeBudget } from './encode-budget.js';
import { createMemoryWindows } from './windows.js';

describeEncodeBudget('memory', async (secondsPerMinute) => {
  vi.useFakeTimers();
  return {
    budget: createEncodeBudget(createMemoryWindows, { secondsPerMinute }),
    pass: async (seconds) => {
      vi.advanceTimersByTime(seconds * 1000);
    },
    close: async () => {
      vi.useRealTimers();
    },
  };
});
