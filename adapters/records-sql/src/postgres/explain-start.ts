import pg from 'pg';
import type { PostgresLocation } from './location.js';

/** Thrown when a database cannot be used as it is. The message says what to do, and has no password. */
export class DatabaseSetupError extends Error {
  readonly code = 'database_setup';
  override readonly name = 'DatabaseSetupError';
}

/** Says why a database could not be opened, and what to do about it. */
export function explainStart(error: unknown, location: PostgresLocation): DatabaseSetupError {
  if (error instanceof DatabaseSetupError) return error;
  const reason =
    error instanceof pg.DatabaseError
      ? ofServer(error, location)
      : ofConnection(error instanceof Error ? error : new Error(String(error)), location);
  return new DatabaseSetupError(`AURA_DATABASE_URL: ${reason}`, { cause: error });
}

/** The server's own texts name users and databases, never a password. */
function ofServer({ code = '', message }: pg.DatabaseError, location: PostgresLocation): string {
  const { user, database } = location;
  switch (code) {
    case '28P01':
      return `the server refuses the password of ${user}: correct user and password`;
    case '28000':
      return `the server refuses ${user}: ${message}`;
    case '3D000':
      return `there is no database ${database}: make it with CREATE DATABASE "${database}" OWNER "${user}"`;
    case '42501':
      return `${user} may not make tables (${message}): run ALTER DATABASE "${database}" OWNER TO "${user}"`;
    case '42703':
    case '42P07':
      return `the database ${database} has tables of another program (${message}): give AuraImage one of its own`;
    case '53100':
      return 'the disk of the database is full: make room there';
    case '53300':
      return 'the server has no connection left: raise its max_connections, or lower the parameter connections of AURA_DATABASE_URL';
    case '57P03':
      return `the server is not ready yet (${message}): start again when it is`;
    default:
      return `the database cannot be used: ${message} (${code})`;
  }
}

function ofConnection(error: Error & { code?: unknown }, location: PostgresLocation): string {
  const { host, port } = location;
  const place = host.startsWith('/') ? `in ${host}` : `at ${host}:${port}`;
  const code = typeof error.code === 'string' ? error.code : '';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return `there is no host ${host}: correct the name`;
  }
  if (/does not support SSL/.test(error.message)) {
    return `the server ${place} has no TLS: turn it on there, or give sslmode=disable`;
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return `the certificate of the server ${place} is not for ${host}: give the name that it is for`;
  }
  if (/CERT|SIGNATURE|SELF_SIGNED|ERR_TLS|ERR_SSL/.test(code)) {
    return `the certificate of the server ${place} is not accepted (${error.message}): name its authority by sslrootcert=FILE`;
  }
  if (/password/.test(error.message)) {
    return 'the server wants a password: give one, as postgres://user:PASSWORD@host/database';
  }
  return `no PostgreSQL answers ${place} (${error.message || code}): start it there or correct the address`;
}
