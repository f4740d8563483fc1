import { describeAttemptLimiter } from '@auraimage/ports/contracts';
import { vi } from 'vitest';
import { ATTEMPT_LIMITS, createAttemptLimiter } from './attempts.js';
import { createMemoryWindows } from './windows.js';

describeAttemptLimiter('memory', async (limit) => {
  vi.useFakeTimers();
  const kinds = Object.keys(ATTEMPT_LIMITS).map((kind) => [kind, limit] as const);
  const limits = { ...ATTEMPT_LIMITS, ...Object.fromEntries(kinds) };
  return {
    limiter: createAttemptLimiter(createMemoryWindows, { limits }),
    pass: async (seconds) => {
      vi.advanceTimersByTime(seconds * 1000);
    },
    close: async () => {
      vi.useRealTimers();
    },
  };
});
