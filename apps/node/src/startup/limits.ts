import {
  type CreateWindows,
  createAttemptLimiter,
  createEncodeBudget,
  createMemoryWindows,
  createRateLimiter,
  openPostgresWindows,
} from '@auraimage/limits';
import {
  type AttemptLimiter,
  type EncodeBudget,
  type RateLimiter,
  StorageUnavailableError,
} from '@auraimage/ports';
import type { Config } from '../config/config.js';
import type { Handlers, Link } from './rpc.js';
import type { Stores } from './stores.js';

/** What counts requests and work over time. */
export interface Limits {
  readonly uploadRate: RateLimiter;
  readonly encodeBudget: EncodeBudget;
  readonly attempts: AttemptLimiter;
}

type Rates = Pick<Config, 'encodeSecondsPerMinute' | 'uploadsPerClient' | 'uploadsPerProject'>;

/** Counts in this process's memory. */
export function createMemoryLimits(rates: Rates): Limits {
  return createLimits(createMemoryWindows, rates);
}

/** Counts in the database, together with all servers that have the same. */
export function openSharedLimits(
  rates: Rates,
  { kysely, limitsKey: key }: Pick<Stores, 'kysely' | 'limitsKey'>,
  onFailure: (failure: unknown) => void,
): Limits {
  const { createWindows } = openPostgresWindows({ kysely, key, onFailure });
  return createLimits(createWindows, rates, key);
}

function createLimits(
  createWindows: CreateWindows,
  { uploadsPerClient, uploadsPerProject, encodeSecondsPerMinute }: Rates,
  key?: Uint8Array,
): Limits {
  return {
    uploadRate: createRateLimiter(createWindows, {
      perClient: { points: uploadsPerClient, seconds: 60 },
      perProject: { points: uploadsPerProject, seconds: 60 },
    }),
    encodeBudget: createEncodeBudget(createWindows, { secondsPerMinute: encodeSecondsPerMinute }),
    attempts: createAttemptLimiter(createWindows, key === undefined ? {} : { key }),
  };
}

type Take = Limits['uploadRate']['consume'];
type Attempt = Parameters<Limits['attempts']['consume']>;

/** Lets workers count together, in the process that has the limits. */
export function limitHandlers({ uploadRate, encodeBudget, attempts }: Limits): Handlers {
  return {
    takeUpload: (...args: Parameters<Take>) => uploadRate.consume(...args),
    encodeWait: (project: string) => encodeBudget.retryAfter(project),
    encodeSpend: (project: string, ms: number) => encodeBudget.spend(project, ms),
    takeAttempt: (...attempt: Attempt) => attempts.consume(...attempt),
    giveAttemptBack: (...attempt: Attempt) => attempts.refund(...attempt),
    resetAttempts: (...attempt: Attempt) => attempts.reset(...attempt),
  };
}

/**
 * Limits that are counted at the other end of a link. While it does not answer, nothing that is limited
 * goes on: it is answered 503.
 */
export function createAskedLimits(link: Pick<Link, 'ask'>): Limits {
  const ask = async (name: keyof ReturnType<typeof limitHandlers>, ...args: unknown[]) => {
    try {
      return await link.ask(name, ...args);
    } catch (cause) {
      throw new StorageUnavailableError('the limits cannot be counted at the moment', { cause });
    }
  };
  const number = async (...question: Parameters<typeof ask>) => (await ask(...question)) as number;
  const nothing = async (...question: Parameters<typeof ask>) => void (await ask(...question));
  return {
    uploadRate: { consume: (client, project) => number('takeUpload', client, project) },
    encodeBudget: {
      retryAfter: (project) => number('encodeWait', project),
      spend: (project, milliseconds) => nothing('encodeSpend', project, milliseconds),
    },
    attempts: {
      consume: (kind, who) => number('takeAttempt', kind, who),
      refund: (kind, who) => nothing('giveAttemptBack', kind, who),
      reset: (kind, who) => nothing('resetAttempts', kind, who),
    },
  };
}
