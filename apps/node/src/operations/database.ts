import {
  type DatabasePlace,
  parsePostgresLocation,
  pendingMigrations,
} from '@auraimage/records-sql';
import { type Config, ConfigError } from '../config/config.js';
import { databaseFile } from '../startup/stores.js';

/** The database that the server's settings name. */
export function configuredDatabase({
  dataDir,
  databaseUrl: url,
}: Pick<Config, 'dataDir' | 'databaseUrl'>): DatabasePlace {
  return url === undefined
    ? { kind: 'sqlite', file: databaseFile(dataDir) }
    : { kind: 'postgres', url };
}

/**
 * For commands that must not work with a database that was made on the way: it would have no row for
 * any object.
 *
 * @throws {ConfigError}
 */
export async function requireDatabase(config: Config): Promise<void> {
  const { applied } = await pendingMigrations(configuredDatabase(config));
  if (applied > 0) return;
  throw new ConfigError(
    config.databaseUrl === undefined
      ? `There is no database in ${config.dataDir}: set AURA_DATA_DIR to the server's`
      : 'There is nothing of AuraImage in the database of AURA_DATABASE_URL: set it to the server’s',
  );
}

/** What a database is called in messages: without its password. */
export function nameOfDatabase(place: DatabasePlace): string {
  if (place.kind === 'sqlite') return `sqlite:${place.file}`;
  const { host, port, database } = parsePostgresLocation(place.url);
  return `the PostgreSQL database ${database} at ${host}:${port}`;
}
