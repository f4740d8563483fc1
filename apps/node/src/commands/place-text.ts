import { resolve } from 'node:path';
import { parseS3Location } from '@auraimage/objects-s3/location';
import {
  type D1Place,
  type DatabasePlace,
  parseD1Location,
  parsePostgresLocation,
} from '@auraimage/records-sql';
import { type Config, ConfigError } from '../config/config.js';
import { configuredDatabase } from '../operations/database.js';
import { configuredPlace, type ObjectPlace } from '../operations/places.js';

/** A place of images or rows. */
export type Place = ObjectPlace | DatabasePlace;

const KINDS =
  'give folder:/path, s3://bucket?…, sqlite:/path/aura.db, d1://ACCOUNT_ID/DATABASE_ID, AURA_STORAGE or AURA_DATABASE_URL';

/**
 * Parses a place: `folder:/path` or `s3://bucket?…` for images, `sqlite:/path/aura.db`, `postgres://…` or `d1://…` for
 * rows; or the name of a setting, `AURA_STORAGE` or `AURA_DATABASE_URL`, for its value.
 *
 * @throws {ConfigError} naming the option, without the text, which may contain a secret
 *
 * @example
 * parsePlace('--to', 'folder:/var/lib/aura/store', config);
 */
export function parsePlace(option: string, text: string, config: Config): Place {
  if (text === 'AURA_STORAGE') return configuredPlace(config);
  if (text === 'AURA_DATABASE_URL') {
    if (config.databaseUrl !== undefined) return configuredDatabase(config);
    throw new ConfigError(`${option} AURA_DATABASE_URL: set it to the PostgreSQL database`);
  }
  const [, scheme = '', rest = ''] = /^([a-z0-9]+):(.+)$/.exec(text) ?? [];
  try {
    if (scheme === 'folder') return { kind: 'folder', root: resolve(rest) };
    if (scheme === 'sqlite') return { kind: 'sqlite', file: resolve(rest) };
    if (scheme === 's3') return { kind: 'bucket', location: parseS3Location(text) };
    if (scheme === 'd1') return parseD1Place(text);
    if (scheme === 'postgres' || scheme === 'postgresql') return postgresPlace(text);
  } catch (error) {
    throw new ConfigError(`${option}: ${error instanceof Error ? error.message : error}`);
  }
  throw new ConfigError(`${option}: ${KINDS}`);
}

/** Refuses a password: every user of the machine can see the arguments of a process. */
function postgresPlace(url: string): DatabasePlace {
  if (parsePostgresLocation(url).password === undefined) return { kind: 'postgres', url };
  throw new TypeError(
    'a password on the command line is seen by others: put the URL into AURA_DATABASE_URL, and pass AURA_DATABASE_URL here',
  );
}

/** Printable ASCII: `fetch` shows a header that it refuses. */
const TOKEN = /^[!-~]{1,500}$/;

/**
 * Parses `d1://ACCOUNT_ID/DATABASE_ID`. The token and, where it is another one, the API are in the variables that wrangler
 * reads.
 *
 * @throws {TypeError} that says the form, or that there is no token
 */
export function parseD1Place(text: string, environment = process.env): D1Place {
  const location = parseD1Location(text);
  const { CLOUDFLARE_API_TOKEN: token = '', CLOUDFLARE_API_BASE_URL: api } = environment;
  if (!TOKEN.test(token)) {
    throw new TypeError('set CLOUDFLARE_API_TOKEN to an API token with the permission D1 Edit');
  }
  if (api !== undefined && !isSafe(api)) {
    throw new TypeError('CLOUDFLARE_API_BASE_URL: give an https URL without a user name');
  }
  return { ...location, token, api };
}

/** Whether nobody on the way reads the token that a request to this URL has. */
function isSafe(api: string): boolean {
  if (!URL.canParse(api)) return false;
  const { protocol, hostname, username, password } = new URL(api);
  if (username !== '' || password !== '') return false;
  return protocol === 'https:' || (protocol === 'http:' && hostname === '127.0.0.1');
}

/** {@link parseD1Place} for an argument. @throws {ConfigError} naming it */
export function parseD1Argument(name: string, text: string): D1Place {
  try {
    return parseD1Place(text);
  } catch (error) {
    throw new ConfigError(`${name}: ${error instanceof Error ? error.message : error}`);
  }
}
