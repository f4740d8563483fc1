import { StorageUnavailableError } from '@auraimage/ports';
import type { Kysely, Transaction } from 'kysely';
import type { Database } from './schema.js';

/** Attempts of a transaction that PostgreSQL aborts because of a concurrent one. */
const ATTEMPTS = 5;
/** Attempts of one that D1 refuses, where of several concurrent ones only one succeeds. */
const D1_ATTEMPTS = 20;
/** Longest wait before the next attempt on D1, in milliseconds by attempt. */
const D1_WAIT_MS = 25;
/** Longest wait for a turn on D1, in milliseconds. */
const D1_TURN_MS = 10_000;
/** SQLSTATE of a serialization failure and a deadlock (https://www.postgresql.org/docs/current/mvcc-serialization-failure-handling.html). */
const RETRYABLE = new Set(['40001', '40P01']);
const UNIQUE_VIOLATION = '23505';

/** Thrown on D1 when a commit finds that rows have changed since the transaction read them. Nothing is written. */
export class ChangedMeanwhileError extends StorageUnavailableError {
  constructor(options?: ErrorOptions) {
    super('too many changes of the same rows at once', options);
  }
}

/**
 * Runs a change in a transaction. Retries it after a serialization failure or deadlock, which roll it back.
 * SQLite runs one write transaction at a time. PostgreSQL runs them concurrently under READ COMMITTED: a
 * transaction must lock the rows that it reads and relies on, with `forUpdate` and the like. SQLite and D1 omit
 * those clauses. D1 has no transactions that read and write: a transaction there reads at once, and writes in one batch
 * at the end, which fails if what was read has changed. So it must read before it writes to a table, and a write reports
 * nothing, neither rows (`RETURNING`) nor how many. Of those that an isolate must run again, one runs at a time. Why:
 * docs/decisions/0061-transactions-on-d1.md.
 */
export async function transact<T>(
  db: Kysely<Database>,
  work: (trx: Transaction<Database>) => Promise<T>,
): Promise<T> {
  const run = () => db.transaction().execute(work);
  for (let attempt = 1; ; attempt++) {
    try {
      return await run();
    } catch (error) {
      if (error instanceof ChangedMeanwhileError) return inTurn(db, () => runAgain(run));
      if (!RETRYABLE.has(codeOf(error)) || attempt >= ATTEMPTS) throw error;
    }
  }
}

/** Attempts on D1, after the first. Other isolates, and first attempts of this one, may be in the way. */
async function runAgain<T>(run: () => Promise<T>): Promise<T> {
  for (let attempt = 2; ; attempt++) {
    try {
      return await run();
    } catch (error) {
      if (!(error instanceof ChangedMeanwhileError) || attempt >= D1_ATTEMPTS) throw error;
      await sleep(Math.random() * D1_WAIT_MS * attempt);
    }
  }
}

/** The end of the last turn of each database in this isolate. */
const turns = new WeakMap<Kysely<Database>, Promise<void>>();

/** Runs work after what was given before, or after the longest wait: its request may have been cut. */
async function inTurn<T>(db: Kysely<Database>, work: () => Promise<T>): Promise<T> {
  const previous = turns.get(db);
  let end = () => {};
  turns.set(
    db,
    new Promise<void>((resolve) => {
      end = resolve;
    }),
  );
  try {
    if (previous !== undefined) await waitFor(previous);
    return await work();
  } finally {
    end();
  }
}

async function waitFor(previous: Promise<void>): Promise<void> {
  let timer: ReturnType<typeof setInterval> | undefined;
  try {
    await new Promise<void>((resolve) => {
      // Workers cancels a request that waits for another one and has no timer. An interval does not end by itself.
      timer = setInterval(resolve, D1_TURN_MS);
      void previous.then(resolve);
    });
  } finally {
    clearInterval(timer);
  }
}

const sleep = (milliseconds: number) =>
  new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

/** Whether a change violated a unique constraint of PostgreSQL. */
export function isUniqueViolation(error: unknown): boolean {
  return codeOf(error) === UNIQUE_VIOLATION;
}

/** Sorts items, so that all processes lock rows in the same order and cannot deadlock. */
export function inOrder<T>(items: Iterable<T>, nameOf: (item: T) => string): T[] {
  return [...items].sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
}

/** The SQLSTATE of an error from PostgreSQL. */
function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

/**
 * Replaces NUL characters by U+FFFD, which no name, key or id contains. PostgreSQL rejects NUL in a text, and
 * the SQLite driver and D1 truncate at it, which could match another row.
 */
export function replaceNul(values: readonly unknown[]): unknown[] {
  return values.map((value) => {
    if (Array.isArray(value)) return replaceNul(value);
    return typeof value === 'string' ? withoutNul(value) : value;
  });
}

/** Replaces NUL in a text as {@link replaceNul} does. */
export function withoutNul(text: string): string {
  return text.replaceAll('\0', '\ufffd');
}
