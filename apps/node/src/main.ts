#!/usr/bin/env node
import { parseArgs } from 'node:util';
import { ControlError } from '@auraimage/control';
import { parseSize } from '@auraimage/protocol';
import { pino } from 'pino';
import { addressesOf } from './addresses.js';
import { type Config, ConfigError, readConfig } from './config.js';
import { admitFirst } from './first-account.js';
import { formatEnvBlock, provisionProject } from './provision.js';
import { rekey } from './rekey.js';
import { uploadSample } from './sample.js';
import { type RunningServer, startServer } from './server.js';
import { openRecords, openStores, type Stores } from './stores.js';

const FIRST_PROJECT = 'my-app';

const USAGE = `Usage:
  aura-server                        start the server
  aura-server seed --project NAME    make a project and print its .env block
      [--origin https://app.example]   allow uploads from this origin alone; repeat for more
      [--quota 10gb]                   most bytes that its images may take
  aura-server rekey                  change the master key of a server that is stopped
Settings come from environment variables: see docs/configuration.md.`;

/** Ends the process with a message for people, no stack trace. */
class UsageError extends Error {}

async function main(argv: readonly string[]): Promise<void> {
  const { positionals, values } = readArguments(argv);
  const [command = 'start', ...more] = positionals;
  if (values.help) return say(USAGE);
  if (more.length > 0) throw new UsageError(`Unknown argument ${more[0]}\n${USAGE}`);
  const config = readConfig(process.env);
  if (command === 'start') return start(config);
  if (command === 'seed') return seed(config, values);
  if (command === 'rekey') return say(await rekey(config));
  throw new UsageError(`Unknown command ${command}\n${USAGE}`);
}

async function start(config: Config): Promise<void> {
  const logger = pino({ level: config.logLevel }, pino.destination({ dest: 2, sync: false }));
  const stores = await openStores(config, (err) => logger.warn({ err }, 'a store is away'));
  const server = await startServer(config, stores, logger);

  const stop = async (signal: string) => {
    // What is waited for below does not all keep the process alive: image processes do not.
    setInterval(() => {}, 60_000);
    logger.info({ signal }, 'draining');
    let clean = false;
    try {
      clean = await server.stop();
      await stores.close();
      logger[clean ? 'info' : 'warn']({ clean }, 'stopped');
    } catch (err) {
      clean = false;
      logger.error({ err }, 'could not stop in order');
    }
    logger.flush(() => process.exit(clean ? 0 : 1));
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  process.on('unhandledRejection', (err) => logger.error({ err }, 'unhandled rejection'));

  const { registry, identity } = stores;
  const isNew = (await registry.listProjects()).length === 0 && !(await identity.hasUsers());
  if (isNew) await welcome(stores, server);
  const { cdnUrl: url, appUrl, localUrl } = server;
  const setUpLink = await admitFirst(stores, config, appUrl);
  if (setUpLink !== null) say(`# Make your account: ${setUpLink}\n`);
  say(`# Dashboard: ${appUrl}/dashboard`);
  say(`AuraImage listens on ${url}`);
  logger.info({ url, appUrl, localUrl, dataDir: config.dataDir }, 'listening');
}

async function welcome({ registry }: Stores, { cdnUrl, localUrl }: RunningServer): Promise<void> {
  const block = await provisionProject(registry, { name: FIRST_PROJECT }, cdnUrl);
  say(`# First start: put these lines into your app's .env. The secret key is not shown again.
${formatEnvBlock(block)}
`);
  try {
    const { unsigned, signed } = await uploadSample(block, localUrl);
    say(`# A private sample image. Without a token it is refused (403):
${unsigned}
# With a token it is served (200) for one hour:
${signed}
`);
  } catch (error) {
    // Limits that the sample does not keep to are no reason not to start.
    say(`# No sample image: ${error instanceof Error ? error.message : error}\n`);
  }
}

async function seed(config: Config, values: Arguments): Promise<void> {
  const { project: name, origin, quota } = values;
  if (name === undefined) throw new UsageError(`seed needs --project NAME\n${USAGE}`);
  const { records } = await openRecords(config);
  try {
    const { cdnUrl: url } = addressesOf(config, config.port);
    const quotaBytes = quota === undefined ? null : parseSize(quota);
    const allowedOrigins = (origin ?? []).map(parseOrigin);
    const options = { name, allowedOrigins, quotaBytes };
    say(formatEnvBlock(await provisionProject(records.registry, options, url)));
  } finally {
    await records.close();
  }
}

function parseOrigin(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url?.origin === text) return text;
  throw new UsageError(`--origin ${text}: give scheme and host only, such as https://app.example`);
}

type Arguments = ReturnType<typeof readArguments>['values'];

function readArguments(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        help: { type: 'boolean', short: 'h' },
        project: { type: 'string' },
        origin: { type: 'string', multiple: true },
        quota: { type: 'string' },
      },
    });
  } catch (error) {
    throw new UsageError(`${error instanceof Error ? error.message : error}\n${USAGE}`);
  }
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** What a person can mend gets a sentence; only a fault of the program shows its stack. */
function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE') return 'The port is in use: set PORT to another, or 0 for a free one';
  if (code === 'EACCES' || code === 'EPERM') return `${error.message}: no permission`;
  const known = error instanceof UsageError || error instanceof ConfigError;
  return known || error instanceof ControlError || typeof code === 'string'
    ? error.message
    : (error.stack ?? error.message);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${explain(error)}\n`);
  process.exit(1);
});
