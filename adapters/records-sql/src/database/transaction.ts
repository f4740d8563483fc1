import type { Kysely, Transaction } from 'kysely';
import type { Database } from './schema.js';

/** Attempts of a transaction that PostgreSQL aborts because of a concurrent one. */
const ATTEMPTS = 5;
/** SQLSTATE of a serialization failure and a deadlock (https://www.postgresql.org/docs/current/mvcc-serialization-failure-handling.html). */
const RETRYABLE = new Set(['40001', '40P01']);
const UNIQUE_VIOLATION = '23505';

/**
 * Runs a change in a transaction. Retries it after a serialization failure or deadlock, which roll it back.
 * SQLite runs one write transaction at a time. PostgreSQL runs them concurrently under READ COMMITTED: a
 * transaction must lock the rows that it reads and relies on, with `forUpdate` and the like. SQLite omits
 * those clauses.
 */
export async function transact<T>(
  db: Kysely<Database>,
  work: (trx: Transaction<Database>) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await db.transaction().execute(work);
    } catch (error) {
      if (attempt === ATTEMPTS || !RETRYABLE.has(codeOf(error))) throw error;
    }
  }
}

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
 * the SQLite driver truncates at it, which could match another row.
 */
export function replaceNul(values: readonly unknown[]): unknown[] {
  return values.map((value) => {
    if (Array.isArray(value)) return replaceNul(value);
    return typeof value === 'string' ? value.replaceAll('\0', '\ufffd') : value;
  });
}
