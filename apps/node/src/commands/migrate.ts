import { pendingMigrations } from '@auraimage/records-sql';
import { readConfig } from '../config/config.js';
import { configuredDatabase, nameOfDatabase } from '../operations/database.js';
import { openRecords } from '../startup/stores.js';
import { type Command, readOptions, say } from './command.js';

/** Brings the tables up to date, as the start of a server does. */
export const migrateCommand: Command = {
  usage: `  aura-server migrate                bring the database's tables up to date, and end
      [--check]                        only say what is to do; ends with 1 where there is something`,
  async run(args, environment) {
    const { check } = readOptions(args, { check: { type: 'boolean', default: false } });
    const config = readConfig(environment);
    const place = configuredDatabase(config);
    const name = nameOfDatabase(place);
    const { missing } = await pendingMigrations(place);
    if (missing.length === 0) {
      say(`${name} is up to date.`);
      return 0;
    }
    if (check) {
      say(`${name} needs ${missing.join(', ')}.`);
      return 1;
    }
    const { records } = await openRecords(config);
    await records.close();
    say(`${name} has ${missing.join(', ')} now, and is up to date.`);
    return 0;
  },
};
