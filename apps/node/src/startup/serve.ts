import { addressesOf, localUrlOf } from '../config/addresses.js';
import { tidyCaches } from './tidy-caches.js';
import { type Config, readConfig } from '../config/config.js';
import { takeFirstSteps } from './first-steps.js';
import { createLogger } from '../telemetry/log.js';
import { stopOnSignal } from './stop-on-signal.js';
import { openStores } from './stores.js';
import { type Command, readOptions } from '../commands/command.js';

type Log = ReturnType<typeof createLogger>;

/** Serves until a signal ends it. */
export const startCommand: Command = {
  usage: '  aura-server                        start the server',
  async run(args, environment) {
    readOptions(args, {});
    const config = readConfig(environment);
    const logger = createLogger(config);
    await tidyCaches(config);
    await (config.workers === 1 ? serveAlone(config, logger) : serveTogether(config, logger));
    return undefined;
  },
};

async function serveAlone(config: Config, logger: Log): Promise<void> {
  const [{ startServer }, { createMemoryLimits, openSharedLimits }] = await Promise.all([
    import('../server.js'),
    import('./limits.js'),
  ]);
  const stores = await openStores(config, logger);
  const limits =
    config.databaseUrl === undefined
      ? createMemoryLimits(config)
      : openSharedLimits(config, stores, (err) => logger.warn({ err }, 'old counts stay'));
  const server = await startServer(config, stores, logger, { limits });
  stopOnSignal(logger, async () => {
    const clean = await server.stop();
    await stores.close();
    return clean;
  });
  await takeFirstSteps(stores, config, server);
  tellOf(config, server.port, logger);
}

/** This process does once what is to be done once, and counts for the workers, which do the serving. */
async function serveTogether(config: Config, logger: Log): Promise<void> {
  const [{ startWorkers, WorkerStartError }, { limitHandlers }, { createMemoryLimits }] =
    await Promise.all([
      import('./supervisor.js'),
      import('./rpc-limits.js'),
      import('./limits.js'),
    ]);
  const stores = await openStores(config, logger);
  const end = (code: number) => logger.flush(() => process.exit(code));
  try {
    const workers = await startWorkers({
      config,
      logger,
      handlers: limitHandlers(createMemoryLimits(config)),
      onLost: end,
    });
    stopOnSignal(logger, workers.stop);
    const { port } = workers;
    const localUrl = localUrlOf(config.host, port);
    await takeFirstSteps(stores, config, { ...addressesOf(config, port), localUrl });
    tellOf(config, port, logger);
  } catch (error) {
    if (!(error instanceof WorkerStartError)) throw error;
    end(error.exitCode);
  } finally {
    await stores.close();
  }
}

function tellOf(config: Config, port: number, logger: Log): void {
  const { cdnUrl: url, appUrl } = addressesOf(config, port);
  const { dataDir, workers } = config;
  const localUrl = localUrlOf(config.host, port);
  process.stdout.write(`# Dashboard: ${appUrl}/dashboard\nAuraImage listens on ${url}\n`);
  logger.info({ url, appUrl, localUrl, dataDir, workers }, 'listening');
}
