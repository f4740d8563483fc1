import { reopenD1 } from '@auraimage/records-sql';
import type { Command } from 'commander';
import { nameOfDatabase } from '../operations/database.js';
import { say } from './output.js';
import { parseD1Argument } from './place-text.js';

/** Lets a Worker use its database again, after a move from it. */
export function addReopen(program: Command): void {
  program
    .command('reopen')
    .description("let a Worker use its D1 database again, which 'move' has closed")
    .argument('<database>', 'd1://ACCOUNT_ID/DATABASE_ID; set CLOUDFLARE_API_TOKEN')
    .action(reopen);
}

async function reopen(text: string): Promise<void> {
  const place = parseD1Argument('reopen', text);
  const name = nameOfDatabase(place);
  say((await reopenD1(place)) ? `${name} is open for changes.` : `${name} was not closed.`);
}
