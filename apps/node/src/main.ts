#!/usr/bin/env node
import cluster from 'node:cluster';
import { fileURLToPath } from 'node:url';
import { ControlError } from '@auraimage/control';
import { backupCommand } from './commands/backup.js';
import { type Command, readOptions, say, UsageError } from './commands/command.js';
import { migrateCommand } from './commands/migrate.js';
import { moveCommand } from './commands/move.js';
import { rekeyCommand } from './commands/rekey.js';
import { seedCommand } from './commands/seed.js';
import { sweepCommand } from './commands/sweep.js';
import { ConfigError, readConfig } from './config/config.js';

/** What serves is loaded by those alone who serve. */
const loadServer = async () => (await import('./server.js')).startServer;
const loadServe = () => import('./startup/serve.js');

/** Serves until a signal ends it. */
const startCommand: Command = {
  usage: '  aura-server                        start the server',
  async run(args, environment) {
    readOptions(args, {});
    const config = readConfig(environment);
    const { serve } = await loadServe();
    await serve(config, loadServer, fileURLToPath(import.meta.url));
    return undefined;
  },
};

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

const args = process.argv.slice(2);
const run = cluster.isWorker
  ? loadServe().then(({ serveAsWorker }) => serveAsWorker(Number(args[0]), loadServer))
  : main(args);
run.catch((error: unknown) => {
  const usage = error instanceof UsageError ? `\n${USAGE}` : '';
  process.stderr.write(`${explain(error)}${usage}\n`);
  process.exit(1);
});

/** What a person can mend gets a sentence; only a fault of the program shows its stack. */
function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE') return 'The port is in use: set PORT to another, or 0 for a free one';
  if (code === 'EACCES' || code === 'EPERM') return `${error.message}: no permission`;
  const known =
    error instanceof UsageError || error instanceof ConfigError || error instanceof ControlError;
  return known || typeof code === 'string' ? error.message : (error.stack ?? error.message);
}
