import { pendingMigrations } from '@auraimage/records-sql';
import type { Command } from 'commander';
import { readConfig } from '../config/config.js';
import { configuredDatabase, nameOfDatabase } from '../operations/database.js';
import { openRecords } from '../startup/stores.js';
import { say } from './output.js';

/** Brings the tables up to date, as the start of a server does. */
export function addMigrate(program: Command): void {
  program
    .command('migrate')
    .description("bring the database's tables up to date, and end")
    .option('--check', 'change nothing; exit code 1 if there is something to do')
    .action(migrate);
}

async function migrate({ check }: { readonly check?: boolean }): Promise<void> {
  const config = readConfig(process.env);
  const place = configuredDatabase(config);
  const name = nameOfDatabase(place);
  const { missing } = await pendingMigrations(place);
  if (missing.length === 0) {
    say(`${name} is up to date.`);
  } else if (check) {
    say(`${name} needs ${missing.join(', ')}.`);
    process.exitCode = 1;
  } else {
    const { records } = await openRecords(config);
    await records.close();
    say(`${name} has ${missing.join(', ')} now, and is up to date.`);
  }
}
