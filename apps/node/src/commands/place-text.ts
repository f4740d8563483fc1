import { resolve } from 'node:path';
import { parseS3Location } from '@auraimage/objects-s3/location';
import { type DatabasePlace, parsePostgresLocation } from '@auraimage/records-sql';
import { type Config, ConfigError } from '../config/config.js';
import { configuredDatabase } from '../operations/database.js';
import { configuredPlace, type ObjectPlace } from '../operations/places.js';

/** A place of images or rows. */
export type Place = ObjectPlace | DatabasePlace;

const KINDS =
  'give folder:/path, s3://bucket?…, sqlite:/path/aura.db, AURA_STORAGE or AURA_DATABASE_URL';

/**
 * Parses a place: `folder:/path` or `s3://bucket?…` for images, `sqlite:/path/aura.db` or `postgres://…` for
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
