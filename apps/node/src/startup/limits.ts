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
  type EncodeRefusal,
  type EncodeWork,
  type RateLimiter,
  StorageUnavailableError,
} from '@auraimage/ports';
import type { Config } from '../config/config.js';
import type { Handlers, Rpc } from './rpc.js';
import type { Stores } from './stores.js';

/** Limits on requests and work over time. */
export interface Limits {
  readonly uploadRate: RateLimiter;
  readonly encodeBudget: EncodeBudget;
  readonly attempts: AttemptLimiter;
}

type Rates = Pick<Config, 'encodeSecondsPerMinute' | 'uploadsPerClient' | 'uploadsPerProject'>;

/** Limits counted in the memory of this process. */
export function createMemoryLimits(rates: Rates): Limits {
  return createLimits(createMemoryWindows, rates);
}

/** Limits counted in the database, shared by all servers that use it. */
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
  const shared = key === undefined ? {} : { key };
  return {
    uploadRate: createRateLimiter(createWindows, {
      perClient: { points: uploadsPerClient, seconds: 60 },
      perProject: { points: uploadsPerProject, seconds: 60 },
    }),
    encodeBudget: createEncodeBudget(createWindows, {
      secondsPerMinute: encodeSecondsPerMinute,
      ...shared,
    }),
    attempts: createAttemptLimiter(createWindows, shared),
  };
}

type Consume = Limits['uploadRate']['consume'];
type Attempt = Parameters<Limits['attempts']['consume']>;

/** The RPC methods by which workers use the supervisor's limits. */
export function limitHandlers({ uploadRate, encodeBudget, attempts }: Limits): Handlers {
  return {
    consumeUpload: (...args: Parameters<Consume>) => uploadRate.consume(...args),
    checkEncode: (work: EncodeWork) => encodeBudget.check(work),
    spendEncode: (work: EncodeWork, ms: number) => encodeBudget.spend(work, ms),
    consumeAttempt: (...attempt: Attempt) => attempts.consume(...attempt),
    refundAttempt: (...attempt: Attempt) => attempts.refund(...attempt),
    resetAttempts: (...attempt: Attempt) => attempts.reset(...attempt),
  };
}

/**
 * Limits counted in the supervisor. While it does not answer, everything that is limited fails with 503.
 */
export function createRemoteLimits(rpc: Pick<Rpc, 'call'>): Limits {
  const call = async (name: keyof ReturnType<typeof limitHandlers>, ...args: unknown[]) => {
    try {
      return await rpc.call(name, ...args);
    } catch (cause) {
      throw new StorageUnavailableError(
        'the supervisor does not answer, so limits cannot be checked',
        { cause },
      );
    }
  };
  const number = async (...args: Parameters<typeof call>) => (await call(...args)) as number;
  const nothing = async (...args: Parameters<typeof call>) => void (await call(...args));
  return {
    uploadRate: { consume: (client, project) => number('consumeUpload', client, project) },
    encodeBudget: {
      check: async (work) => (await call('checkEncode', work)) as EncodeRefusal | null,
      spend: (work, milliseconds) => nothing('spendEncode', work, milliseconds),
    },
    attempts: {
      consume: (kind, who) => number('consumeAttempt', kind, who),
      refund: (kind, who) => nothing('refundAttempt', kind, who),
      reset: (kind, who) => nothing('resetAttempts', kind, who),
    },
  };
}
