import {
  createAttemptLimiter,
  createEncodeBudget,
  createMemoryWindows,
  createRateLimiter,
  type Limits,
} from '@auraimage/limits';
import type { AttemptKind } from '@auraimage/ports';
import { StorageUnavailableError } from '@auraimage/ports';
import {
  describeAttemptLimiter,
  describeEncodeBudget,
  describeRateLimiter,
} from '@auraimage/ports/contracts';
import { expect, it, vi } from 'vitest';
import { createMemoryLimits, createRemoteLimits, limitHandlers } from './limits.js';
import { createPair } from './testing/pair.js';

const CONFIG = { encodeSecondsPerMinute: 1, uploadsPerClient: 1, uploadsPerProject: 1 };

/** Limits as a worker has them; `tested` replaces some. */
const remote = (tested: Partial<Limits>) => {
  const { rpc } = createPair(limitHandlers({ ...createMemoryLimits(CONFIG), ...tested }));
  return createRemoteLimits(rpc);
};

const clock = () => {
  vi.useFakeTimers();
  return {
    advance: async (seconds: number) => void vi.advanceTimersByTime(seconds * 1000),
    close: async () => void vi.useRealTimers(),
  };
};

describeRateLimiter('another process', async ({ perClient, perProject, seconds }) => {
  const uploadRate = createRateLimiter(createMemoryWindows, {
    perClient: { points: perClient, seconds },
    perProject: { points: perProject, seconds },
  });
  return { ...clock(), limiter: remote({ uploadRate }).uploadRate };
});

describeEncodeBudget('another process', async (secondsPerMinute) => {
  const encodeBudget = createEncodeBudget(createMemoryWindows, { secondsPerMinute });
  return { ...clock(), budget: remote({ encodeBudget }).encodeBudget };
});

describeAttemptLimiter('another process', async (limit) => {
  const kinds: AttemptKind[] = ['sign_in_email', 'invitation_client', 'password_change'];
  type Limits = NonNullable<Parameters<typeof createAttemptLimiter>[1]>['limits'];
  const limits = Object.fromEntries(kinds.map((kind) => [kind, limit])) as Limits & object;
  const attempts = createAttemptLimiter(createMemoryWindows, { limits });
  return { ...clock(), limiter: remote({ attempts }).attempts };
});

it('rejects everything while the supervisor is gone', async () => {
  const { rpc, cut } = createPair(limitHandlers(createMemoryLimits(CONFIG)));
  const { uploadRate, encodeBudget, attempts } = createRemoteLimits(rpc);
  cut();
  const calls = [
    uploadRate.consume('client', 'project'),
    encodeBudget.check({ project: 'project', signed: true }),
    attempts.consume('sign_in_email', 'ada'),
  ];
  for (const call of calls) {
    await expect(call).rejects.toThrow(StorageUnavailableError);
  }
});
