import type { AuditAction, AuditLog, Clock, Identity } from '@auraimage/ports';
import type { ControlOptions } from '../ports.js';

/** Delay of an entry, in milliseconds: the response to an attempt must not depend on whether the user exists. */
const DELAY_MS = 2000;
/** Least time between two entries about a user, in milliseconds: guessing must not fill the log. */
const QUIET_MS = 15 * 60_000;
/** Most emails in memory. Failures for further ones are not logged. */
const MAX_EMAILS = 10_000;

/** Collects failed sign-ins and writes them to the audit log of the user's account. */
export interface SignInFailures {
  /**
   * Counts a failure. Its entry follows within two seconds. Further failures for the same user are counted, and
   * are in one entry every 15 minutes. Failures for an unknown email have no account, and so no entry.
   *
   * @param email canonical, and valid
   * @param address of the client
   * @param step that failed
   */
  note(email: string, address: string, step?: Step): void;
  /** Writes every failure that is not yet in the log. */
  close(): Promise<void>;
}

/** The step of a sign-in, and the action of its failures in the audit log. */
const ACTIONS = {
  first: 'account.sign_in_failed',
  second: 'account.second_factor_failed',
} as const satisfies Record<string, AuditAction>;

type Step = keyof typeof ACTIONS;

interface Failures {
  readonly email: string;
  readonly step: Step;
  attempts: number;
  /** Of the last attempt. */
  address: string;
  quietUntil: number;
}

/** `onFailure` is called when entries could not be written; they are kept for the next time. */
export function createSignInFailures(
  {
    identity,
    audit,
    clock,
  }: {
    readonly identity: Pick<Identity, 'findUserByEmail'>;
    readonly audit: Pick<AuditLog, 'append'>;
    readonly clock: Clock;
  },
  { onFailure, background = () => {} }: Pick<ControlOptions, 'onFailure' | 'background'>,
): SignInFailures {
  const noted = new Map<string, Failures>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let dueAt = 0;
  let writing = Promise.resolve();

  /** @param all also those whose last entry is recent */
  async function writeDue(all: boolean): Promise<void> {
    const now = clock.now();
    for (const [name, failures] of noted) {
      const { email, step } = failures;
      const isQuiet = !all && failures.quietUntil > now;
      if (isQuiet) continue;
      const user = failures.attempts === 0 ? null : await identity.findUserByEmail(email);
      if (user === null) {
        noted.delete(name);
        continue;
      }
      const { attempts, address } = failures;
      const entry = {
        accountId: user.accountId,
        actor: { kind: 'unauthenticated', name: email },
        action: ACTIONS[step],
        project: null,
        target: email,
        details: { attempts },
        address,
        at: now,
      } as const;
      await audit.append([entry]);
      failures.attempts -= attempts;
      failures.quietUntil = now + QUIET_MS;
    }
  }

  const write = (all: boolean): Promise<void> => {
    writing = writing.then(() => writeDue(all)).catch(onFailure);
    return writing;
  };

  function schedule(): void {
    // A host may end timers with the request in which they began.
    if (timer !== undefined && clock.now() < dueAt + DELAY_MS) return;
    dueAt = clock.now() + DELAY_MS;
    const written = new Promise<void>((resolve) => {
      timer = setTimeout(async () => {
        await write(false);
        timer = undefined;
        if (noted.size > 0) schedule();
        resolve();
      }, DELAY_MS);
    });
    background(written);
  }

  return {
    note(email, address, step = 'first') {
      const name = `${step} ${email}`;
      const known = noted.get(name);
      if (known === undefined && noted.size >= MAX_EMAILS) return;
      const failures = known ?? { email, step, attempts: 0, address, quietUntil: 0 };
      noted.set(name, Object.assign(failures, { attempts: failures.attempts + 1, address }));
      schedule();
    },
    close() {
      clearTimeout(timer);
      return write(true);
    },
  };
}
