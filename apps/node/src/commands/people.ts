import type { Person } from '@auraimage/ports';
import type { Command } from 'commander';
import { readConfig } from '../config/config.js';
import { requireDatabase } from '../operations/database.js';
import { openPeople } from '../startup/stores.js';
import { say } from './output.js';

/** People of one query. */
const PAGE = 200;

/** Lists the people, beside a server that is running or not. */
export function addPeople(program: Command): void {
  program
    .command('people')
    .description('list everybody who can sign in: email, role, when they were last seen')
    .action(list);
}

async function list(): Promise<void> {
  const config = readConfig(process.env);
  await requireDatabase(config);
  const { people, close } = await openPeople(config);
  try {
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const page = await people.list({ limit: PAGE, ...(cursor !== undefined && { cursor }) });
      for (const person of page.people) say(lineOf(person));
      cursor = page.cursor;
    }
  } finally {
    await close();
  }
}

function lineOf({ user, lastSeenAt, projects }: Person): string {
  const seen = lastSeenAt === null ? 'never' : new Date(lastSeenAt).toISOString().slice(0, 10);
  return [user.email, user.role, `last seen ${seen}`, `${projects} projects`].join('\t');
}
