import { StorageUnavailableError } from '@auraimage/ports';
import type { Limits } from './limits.js';
import type { Handlers, Link } from './rpc.js';

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
