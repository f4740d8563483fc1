#!/usr/bin/env node
import { ControlError } from '@auraimage/control';
import { type Command, say, UsageError } from './commands/command.js';
import { rekeyCommand } from './commands/rekey.js';
import { seedCommand } from './commands/seed.js';
import { startCommand } from './commands/start.js';
import { ConfigError } from './config.js';

/** In the order in which the usage shows them. */
const COMMANDS = new Map<string, Command>([
  ['start', startCommand],
  ['seed', seedCommand],
  ['rekey', rekeyCommand],
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

/** What a person can mend gets a sentence; only a fault of the program shows its stack. */
function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof UsageError) return `${error.message}\n${USAGE}`;
  const code = 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE') return 'The port is in use: set PORT to another, or 0 for a free one';
  if (code === 'EACCES' || code === 'EPERM') return `${error.message}: no permission`;
  const known = error instanceof ConfigError || error instanceof ControlError;
  return known || typeof code === 'string' ? error.message : (error.stack ?? error.message);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${explain(error)}\n`);
  process.exit(1);
});
