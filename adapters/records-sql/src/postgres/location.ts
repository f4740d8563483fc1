import { readFileSync } from 'node:fs';
import type { ConnectionOptions } from 'node:tls';

/** Address of a PostgreSQL database, and its credentials. */
export interface PostgresLocation {
  /** A host name, an address, or the folder of a Unix socket. */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string | undefined;
  readonly database: string;
  /** `false` for an unencrypted connection. */
  readonly tls: false | ConnectionOptions;
  /** Connections that a process holds at most: 1 to 1000. */
  readonly connections: number;
}

const SSL_MODES = ['disable', 'require', 'verify-ca', 'verify-full'] as const;
type SslMode = (typeof SSL_MODES)[number];

/**
 * Parses `postgres://user:password@host:port/database?sslmode=…`. Reserved characters in a password or name are
 * percent-encoded.
 *
 * Parameters: `sslmode`: `disable` (the default), `require` (encrypted, without a check of the certificate),
 * `verify-ca` (a certificate of a known authority), `verify-full` (also for that host). `sslrootcert`: the
 * file of the authority's certificate, in place of those that Node knows. `host`: the folder of a Unix socket.
 * `connections`: most connections of a process, 10 by default.
 *
 * @throws {RangeError} whose message says what is wrong, without the text, which contains a password
 *
 * @example
 * parsePostgresLocation('postgres://aura:secret@db.internal:5432/aura?sslmode=verify-full');
 */
export function parsePostgresLocation(text: string): PostgresLocation {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^postgres(?:ql)?:$/.test(url.protocol) || url.hash !== '') {
    throw new RangeError(
      'must be like postgres://user:password@host:port/database?sslmode=verify-full',
    );
  }
  const known = new Set(['sslmode', 'sslrootcert', 'host', 'connections']);
  const unknown = [...url.searchParams.keys()].find((name) => !known.has(name));
  if (unknown !== undefined) {
    throw new RangeError(
      'takes no parameters other than sslmode, sslrootcert, host and connections',
    );
  }
  const database = decode(url.pathname.slice(1));
  const user = decode(url.username);
  const host = url.searchParams.get('host') ?? decode(url.hostname).replace(/^\[|\]$/g, '');
  if (user === '') throw new RangeError('has no user: postgres://USER:password@host/database');
  if (host === '') throw new RangeError('has no host: postgres://user:password@HOST/database');
  if (database === '' || database.includes('/')) {
    throw new RangeError('has no database: postgres://user:password@host/DATABASE');
  }
  const connections = url.searchParams.get('connections') ?? '10';
  if (!/^[1-9]\d{0,3}$/.test(connections) || Number(connections) > 1000) {
    throw new RangeError('connections must be a whole number from 1 to 1000');
  }
  return {
    host,
    port: url.port === '' ? 5432 : Number(url.port),
    user,
    password: url.password === '' ? undefined : decode(url.password),
    database,
    tls: tlsOf(url.searchParams, host),
    connections: Number(connections),
  };
}

function tlsOf(parameters: URLSearchParams, host: string): PostgresLocation['tls'] {
  const mode = (parameters.get('sslmode') ?? 'disable') as SslMode;
  if (!SSL_MODES.includes(mode)) {
    throw new RangeError(`sslmode must be one of ${SSL_MODES.join(', ')}`);
  }
  const file = parameters.get('sslrootcert');
  if (mode === 'disable') return false;
  if (mode === 'require' && file === null) return { rejectUnauthorized: false };
  const authority = file === null ? {} : { ca: readCertificate(file) };
  // As in libpq: with `sslrootcert`, `require` means `verify-ca`.
  const anyName = mode === 'verify-full' ? {} : { checkServerIdentity: () => undefined };
  return { ...authority, ...anyName, ...(host.startsWith('/') ? {} : { host }) };
}

function readCertificate(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    throw new RangeError(`sslrootcert: cannot read the file ${file}`);
  }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new RangeError(
      'has a % that is not followed by two hexadecimal digits: write %25 for a %',
    );
  }
}
