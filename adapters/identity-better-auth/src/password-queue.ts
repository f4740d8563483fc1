import { PasswordQueueFullError, type PasswordTurn } from '@auraimage/ports';
import { hashPassword, verifyPassword } from 'better-auth/crypto';

/**
 * Concurrent password hashes. Each occupies one of libuv's four threads, which also read files, for a
 * tenth of a second. The limit keeps a flood of sign-ins from blocking image reads.
 */
const MAX_CONCURRENT = 2;
/** Hashes that wait, of known callers and of unknown ones: about three seconds. */
const MAX_WAITING = 64;
/** Then an unknown caller is next, if one waits: people with an account must not keep all others out. */
const MAX_KNOWN_IN_A_ROW = 3;

/** Who waits for a hash. Without a signal it is not dropped. */
type Turn = Pick<PasswordTurn, 'caller' | 'isKnown'> & Partial<Pick<PasswordTurn, 'signal'>>;

/** How passwords are kept. */
export interface PasswordHashing {
  hash(password: string): Promise<string>;
  verify(given: { readonly hash: string; readonly password: string }): Promise<boolean>;
}

/** better-auth's scrypt. */
const SCRYPT: PasswordHashing = { hash: hashPassword, verify: verifyPassword };

export interface Passwords {
  /** Hashes the new password of somebody who has authenticated. */
  hash(password: string): Promise<string>;
  /** @throws {PasswordQueueFullError} or an `AbortError` */
  verify(given: { readonly hash: string; readonly password: string }, turn: Turn): Promise<boolean>;
  /** The number of hashes that wait. */
  waiting(): number;
}

/** Hashes in a queue. */
export function createPasswords(hashing = SCRYPT): Passwords {
  const queue = createHashQueue({ maxConcurrent: MAX_CONCURRENT, maxWaiting: MAX_WAITING });
  return {
    hash: (password) => queue.run(() => hashing.hash(password), { caller: 'new', isKnown: true }),
    verify: (given, turn) => queue.run(() => hashing.verify(given), turn),
    waiting: queue.waiting,
  };
}

interface Job extends Pick<Turn, 'caller' | 'isKnown'> {
  start(): void;
  fail(error: unknown): void;
}

/**
 * Runs slow work, a few at a time. Known callers come before unknown ones, but for every fourth turn; among each,
 * callers take turns. When too much waits, the newest work of the caller with the most makes way for that of a caller with less.
 *
 * @example
 * const queue = createHashQueue({ maxConcurrent: 2, maxWaiting: 64 });
 * await queue.run(() => verifyPassword(given), { caller: '203.0.113.7', isKnown: false, signal });
 */
export function createHashQueue({
  maxConcurrent,
  maxWaiting,
}: {
  readonly maxConcurrent: number;
  /** For known callers and for unknown ones each. */
  readonly maxWaiting: number;
}) {
  const known = createTurns();
  const unknown = createTurns();
  let running = 0;
  let knownInARow = 0;

  const startNext = (): void => {
    if (running >= maxConcurrent) return;
    const isUnknownsTurn = knownInARow >= MAX_KNOWN_IN_A_ROW;
    const job = isUnknownsTurn
      ? (unknown.shift() ?? known.shift())
      : (known.shift() ?? unknown.shift());
    if (job === undefined) return;
    knownInARow = job.isKnown ? knownInARow + 1 : 0;
    running++;
    job.start();
  };

  const makeWay = (turns: Turns, caller: string): void => {
    if (turns.size() < maxWaiting) return;
    const busiest = turns.busiest();
    if (busiest === undefined || busiest.length <= turns.sizeOf(caller) + 1) {
      throw new PasswordQueueFullError();
    }
    const newest = busiest.at(-1) as Job;
    turns.remove(newest);
    newest.fail(new PasswordQueueFullError());
  };

  return {
    waiting: () => known.size() + unknown.size(),

    /** @throws {PasswordQueueFullError} or an `AbortError`, before the work began */
    async run<T>(work: () => Promise<T>, { caller, isKnown, signal }: Turn): Promise<T> {
      const turns = isKnown ? known : unknown;
      if (signal?.aborted) throw disconnected();
      makeWay(turns, caller);
      let leave = () => {};
      const turn = new Promise<void>((resolve, reject) => {
        const job: Job = { caller, isKnown, start: resolve, fail: reject };
        leave = () => {
          turns.remove(job);
          reject(disconnected());
        };
        signal?.addEventListener('abort', leave);
        turns.push(job);
        startNext();
      });
      try {
        await turn;
      } finally {
        signal?.removeEventListener('abort', leave);
      }
      try {
        return await work();
      } finally {
        running--;
        startNext();
      }
    },
  };
}

function disconnected(): DOMException {
  return new DOMException('the client disconnected', 'AbortError');
}

type Turns = ReturnType<typeof createTurns>;

/** Jobs of many callers: the next one is of the caller whose turn is longest ago. */
function createTurns() {
  const jobs = new Map<string, Job[]>();
  let size = 0;
  return {
    size: () => size,
    sizeOf: (caller: string) => jobs.get(caller)?.length ?? 0,
    push(job: Job) {
      const own = jobs.get(job.caller);
      if (own === undefined) jobs.set(job.caller, [job]);
      else own.push(job);
      size++;
    },
    shift(): Job | undefined {
      const [first] = jobs;
      if (first === undefined) return undefined;
      const [caller, own] = first;
      jobs.delete(caller);
      if (own.length > 1) jobs.set(caller, own); // to the end: it has had its turn
      size--;
      return own.shift();
    },
    remove(job: Job) {
      const own = jobs.get(job.caller) ?? [];
      const at = own.indexOf(job);
      if (at < 0) return;
      own.splice(at, 1);
      size--;
      if (own.length === 0) jobs.delete(job.caller);
    },
    busiest(): readonly Job[] | undefined {
      let busiest: readonly Job[] | undefined;
      for (const own of jobs.values()) {
        if (own.length > (busiest?.length ?? 0)) busiest = own;
      }
      return busiest;
    },
  };
}
