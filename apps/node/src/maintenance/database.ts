import { existsSync } from 'node:fs';
import { type Config, ConfigError } from '../config.js';
import { databaseFile } from '../stores.js';

/**
 * For commands that must not work with a database that was made on the way: it would have no row for
 * any object.
 *
 * @throws {ConfigError}
 */
export function requireDatabase({ dataDir }: Config): void {
  if (existsSync(databaseFile(dataDir))) return;
  throw new ConfigError(`There is no database in ${dataDir}: set AURA_DATA_DIR to the server's`);
}
