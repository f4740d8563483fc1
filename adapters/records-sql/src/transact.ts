import type { Kysely, Transaction } from 'kysely';
import type { Database } from './schema.js';

/** Tries of a transaction that PostgreSQL ended in favour of another. */
const TRIES = 5;
/** Serialization failure and deadlock (https://www.postgresql.org/docs/current/mvcc-serialization-failure-handling.html). */
const TRY_AGAIN = new Set(['40001', '40P01']);
const UNIQUE_VIOLATION = '23505';

/**
 * Runs a change in a transaction, anew where the database ended it because it stood in another's way:
 * nothing of it was written. SQLite lets one transaction write at a time. PostgreSQL lets them run side by
 * side, each statement on what is committed when it begins (READ COMMITTED): what a transaction reads and
 * then relies on it has to lock, with `forUpdate` and its like, which SQLite leaves out.
 */
export async function transact<T>(
  db: Kysely<Database>,
  work: (trx: Transaction<Database>) => Promise<T>,
): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await db.transaction().execute(work);
    } catch (error) {
      if (tries === TRIES || !TRY_AGAIN.has(codeOf(error))) throw error;
    }
  }
}

/** Whether a change failed because another row has a value that must be the only one. */
export function isTaken(error: unknown): boolean {
  return codeOf(error) === UNIQUE_VIOLATION;
}

/** Every process takes the rows in one order: two never wait for each other. */
export function inOrder<T>(items: Iterable<T>, nameOf: (item: T) => string): T[] {
  return [...items].sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
}

/** PostgreSQL's SQLSTATE, where the error has one. */
function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
