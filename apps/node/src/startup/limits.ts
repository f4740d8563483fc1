import {
  createLimits,
  createMemoryWindows,
  type LimitRates,
  type Limits,
  openPostgresWindows,
} from '@auraimage/limits';
import { type EncodeRefusal, type EncodeWork, StorageUnavailableError } from '@auraimage/ports';
import type { Handlers, Rpc } from './rpc.js';
import type { Stores } from './stores.js';

/** Limits counted in the memory of this process. */
export function createMemoryLimits(rates: LimitRates): Limits {
  return createLimits(createMemoryWindows, rates);
}

/** Limits counted in the database, shared by all servers that use it. */
export function openSharedLimits(
  rates: LimitRates,
  { kysely, limitsKey: key }: Pick<Stores, 'kysely' | 'limitsKey'>,
  onFailure: (failure: unknown) => void,
): Limits {
  const { createWindows } = openPostgresWindows({ kysely, key, onFailure });
  return createLimits(createWindows, rates, key);
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
