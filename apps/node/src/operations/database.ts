import {
  type DatabasePlace,
  parsePostgresLocation,
  pendingMigrations,
  type ServerDatabase,
} from '@auraimage/records-sql';
import { type Config, ConfigError } from '../config/config.js';
import { databaseFile } from '../startup/stores.js';

/** The database of the server's settings. */
export function configuredDatabase({
  dataDir,
  databaseUrl: url,
}: Pick<Config, 'dataDir' | 'databaseUrl'>): ServerDatabase {
  return url === undefined
    ? { kind: 'sqlite', file: databaseFile(dataDir) }
    : { kind: 'postgres', url };
}

/**
 * For commands that must not work with a newly created database: it would have no rows, so every object would
 * look like an orphan.
 *
 * @throws {ConfigError}
 */
export async function requireDatabase(config: Config): Promise<void> {
  const { applied } = await pendingMigrations(configuredDatabase(config));
  if (applied > 0) return;
  throw new ConfigError(
    config.databaseUrl === undefined
      ? `There is no database in ${config.dataDir}: set AURA_DATA_DIR to the server's`
      : 'The database of AURA_DATABASE_URL has no tables of AuraImage: set it to the database of the server',
  );
}

/** The name of a database in messages, without its password. */
export function nameOfDatabase(place: DatabasePlace): string {
  if (place.kind === 'sqlite') return `sqlite:${place.file}`;
  if (place.kind === 'd1') return `d1://${place.accountId}/${place.databaseId}`;
  const { host, port, database } = parsePostgresLocation(place.url);
  return `the PostgreSQL database ${database} at ${host}:${port}`;
}

/** The command that lets a Worker change its database again. */
export const reopenCommand = (place: DatabasePlace): string =>
  `aura-server reopen ${nameOfDatabase(place)}`;
