#!/usr/bin/env node
import { backupCommand } from './commands/backup.js';
import { type Command, say, UsageError } from './commands/command.js';
import { migrateCommand } from './commands/migrate.js';
import { moveCommand } from './commands/move.js';
import { rekeyCommand } from './commands/rekey.js';
import { seedCommand } from './commands/seed.js';
import { startCommand } from './startup/serve.js';
import { sweepCommand } from './commands/sweep.js';
import { explain } from './commands/explain.js';

/** In the order in which the usage shows them. */
const COMMANDS = new Map<string, Command>([
  ['start', startCommand],
  ['seed', seedCommand],
  ['rekey', rekeyCommand],
  ['migrate', migrateCommand],
  ['sweep', sweepCommand],
  ['move', moveCommand],
  ['backup', backupCommand],
]);

const USAGE = `Usage:
${[...COMMANDS.values()].map(({ usage }) => usage).join('\n')}
Settings come from environment variables: see docs/configuration.md.`;

async function main(argv: readonly string[]): Promise<void> {
  if (argv.includes('--help') || argv.includes('-h')) return say(USAGE);
  const isNamed = argv[0] !== undefined && !argv[0].startsWith('-');
  const [name = 'start', ...args] = isNamed ? argv : ['start', ...argv];
  const command = COMMANDS.get(name);
  if (command === undefined) throw new UsageError(`Unknown command ${name}`);
  const code = await command.run(args, process.env);
  if (code !== undefined) process.exitCode = code;
}

main(process.argv.slice(2)).catch((error: unknown) => {
  const usage = error instanceof UsageError ? `\n${USAGE}` : '';
  process.stderr.write(`${explain(error)}${usage}\n`);
  process.exit(1);
});
