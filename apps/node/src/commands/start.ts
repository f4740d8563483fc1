import { pino } from 'pino';
import { readConfig } from '../config.js';
import { admitFirst } from '../first-account.js';
import { formatEnvBlock, provisionProject } from '../provision.js';
import { uploadSample } from '../sample.js';
import { type RunningServer, startServer } from '../server.js';
import { openStores, type Stores } from '../stores.js';
import { type Command, readOptions, say } from './command.js';

const FIRST_PROJECT = 'my-app';

/** Serves until a signal ends it. */
export const startCommand: Command = {
  usage: '  aura-server                        start the server',
  async run(args, environment) {
    readOptions(args, {});
    const config = readConfig(environment);
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
    return undefined;
  },
};

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
