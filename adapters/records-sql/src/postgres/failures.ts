import { StorageFullError, StorageUnavailableError } from '@auraimage/ports';
import pg from 'pg';

/** What `/ready` shows: no host, no user. */
const AWAY = 'the database does not answer: see that PostgreSQL runs where AURA_DATABASE_URL says';

/**
 * Ends of a statement that say nothing of the statement (https://www.postgresql.org/docs/current/errcodes-appendix.html):
 * connections (08), sign-in (28), no such database (3D), resources (53), shutdown and limits of time (57), the
 * server's own faults (58), a lock that was not had in time, an idle transaction, a server that is a copy.
 */
const PASSING = /^(?:08|28|3D|53|57|58)|^(?:55P03|25P03|25006)$/;
const DISK_FULL = '53100';

/**
 * Names what a statement or a connection failed with. What is the statement's own fault stays as it is.
 *
 * @returns a {@link StorageFullError}, a {@link StorageUnavailableError} or the error itself
 */
export function nameFailure(error: unknown): unknown {
  if (error instanceof StorageUnavailableError || error instanceof StorageFullError) return error;
  if (error instanceof pg.DatabaseError) {
    const { code = '' } = error;
    if (code === DISK_FULL) {
      return new StorageFullError('no room left for the database', { cause: error });
    }
    return PASSING.test(code) ? new StorageUnavailableError(AWAY, { cause: error }) : error;
  }
  // The driver has no class for what is wrong with a connection.
  return new StorageUnavailableError(AWAY, { cause: error });
}

/** Whether a connection may have more to say about an earlier statement, or nothing any more. */
export function isBroken(error: unknown): boolean {
  return !(error instanceof pg.DatabaseError) || error.severity !== 'ERROR';
}

/** Whether a statement was prepared before its tables changed: it gives other columns now than it was to. */
export function isOutdated(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.code === '0A000';
}

/** Whether the server did not answer in time, which the driver tells by its text alone. */
export function isTimeout(error: unknown): boolean {
  const first = error instanceof StorageUnavailableError ? error.cause : error;
  return first instanceof Error && /^Query read timeout$/.test(first.message);
}
