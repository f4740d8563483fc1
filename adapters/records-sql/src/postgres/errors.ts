import { StorageFullError, StorageUnavailableError } from '@auraimage/ports';
import pg from 'pg';
import { DatabaseSetupError } from '../database/migrations.js';
import type { PostgresLocation } from './location.js';

/** Explains why a database could not be opened, and what to do. */
export function toSetupError(error: unknown, location: PostgresLocation): DatabaseSetupError {
  if (error instanceof DatabaseSetupError) return error;
  const reason =
    error instanceof pg.DatabaseError
      ? explainServerError(error, location)
      : explainConnectionError(error instanceof Error ? error : new Error(String(error)), location);
  return new DatabaseSetupError(`AURA_DATABASE_URL: ${reason}`, { cause: error });
}

/** Messages of the server contain names of users and databases, but no password. */
function explainServerError(
  { code = '', message }: pg.DatabaseError,
  location: PostgresLocation,
): string {
  const { user, database } = location;
  switch (code) {
    case '28P01':
      return `the server refuses the password of ${user}: correct the user or the password in the URL`;
    case '28000':
      return `the server refuses ${user}: ${message}`;
    case '3D000':
      return `there is no database ${database}: create it with CREATE DATABASE "${database}" OWNER "${user}"`;
    case '42501':
      return `${user} may not create tables (${message}): run ALTER DATABASE "${database}" OWNER TO "${user}"`;
    case '42703':
    case '42P07':
      return `the database ${database} has tables of another program (${message}): give AuraImage a database of its own`;
    case '53100':
      return 'the disk of the database is full: free space there';
    case '53300':
      return 'the server has no connection left: raise its max_connections, or lower the parameter connections of AURA_DATABASE_URL';
    case '57P03':
      return `the server is not ready yet (${message}): start again when it is`;
    default:
      return `the database cannot be used: ${message} (${code})`;
  }
}

function explainConnectionError(
  error: Error & { code?: unknown },
  location: PostgresLocation,
): string {
  const { host, port } = location;
  const place = host.startsWith('/') ? `in ${host}` : `at ${host}:${port}`;
  const code = typeof error.code === 'string' ? error.code : '';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return `there is no host ${host}: correct the name`;
  }
  if (/does not support SSL/.test(error.message)) {
    return `the server ${place} has no TLS: enable TLS there, or set sslmode=disable`;
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return `the certificate of the server ${place} is not valid for ${host}: use the host name of the certificate`;
  }
  if (/CERT|SIGNATURE|SELF_SIGNED|ERR_TLS|ERR_SSL/.test(code)) {
    return `the certificate of the server ${place} is not trusted (${error.message}): set sslrootcert=FILE to the certificate of its authority`;
  }
  if (/password/.test(error.message)) {
    return 'the server requires a password: set it, as in postgres://user:PASSWORD@host/database';
  }
  return `no PostgreSQL answers ${place} (${error.message || code}): start it, or correct the address`;
}

/** `/ready` shows this message, so it contains no host and no user. */
const UNAVAILABLE =
  'the database does not answer: check that PostgreSQL is running at the address in AURA_DATABASE_URL';

/**
 * SQLSTATEs of errors that the statement did not cause (https://www.postgresql.org/docs/current/errcodes-appendix.html):
 * connection (08), authentication (28), unknown database (3D), resources (53), shutdown and timeouts (57),
 * system errors (58), lock timeout, idle transaction, read-only replica.
 */
const UNAVAILABLE_STATES = /^(?:08|28|3D|53|57|58)|^(?:55P03|25P03|25006)$/;
const DISK_FULL = '53100';

/**
 * Converts an error of the server or connection into one of the ports.
 *
 * @returns a {@link StorageFullError}, a {@link StorageUnavailableError} or the error itself
 */
export function toStorageError(error: unknown): unknown {
  if (error instanceof StorageUnavailableError || error instanceof StorageFullError) return error;
  if (error instanceof pg.DatabaseError) {
    const { code = '' } = error;
    if (code === DISK_FULL) {
      return new StorageFullError(
        'no space left for the database: free space on the PostgreSQL server',
        { cause: error },
      );
    }
    return UNAVAILABLE_STATES.test(code)
      ? new StorageUnavailableError(UNAVAILABLE, { cause: error })
      : error;
  }
  // The driver has no class for connection errors.
  return new StorageUnavailableError(UNAVAILABLE, { cause: error });
}

/** Whether a connection must not be used again after an error. */
export function isBroken(error: unknown): boolean {
  return !(error instanceof pg.DatabaseError) || error.severity !== 'ERROR';
}

/** Whether a prepared statement is invalid because its tables have changed since. */
export function isOutdated(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.code === '0A000';
}

/** Whether the server did not answer in time. The driver reports that only in the message. */
export function isTimeout(error: unknown): boolean {
  const first = error instanceof StorageUnavailableError ? error.cause : error;
  return first instanceof Error && /^Query read timeout$/.test(first.message);
}
