import type { Logger } from 'pino';
import { type Addresses, addressesOf, localUrlOf } from '../config/addresses.js';
import { type Config, readConfig } from '../config/config.js';
import { createLogger } from '../telemetry/log.js';
import type { Observer } from '../telemetry/request-observer.js';
import { takeFirstSteps } from './first-steps.js';
import {
  createAskedLimits,
  createMemoryLimits,
  type Limits,
  limitHandlers,
  openSharedLimits,
} from './limits.js';
import { type Channel, createLink } from './rpc.js';
import { openStores, type Stores } from './stores.js';
import { startWorkers, WorkerStartError } from './supervisor.js';
import { shareOf, tidyCaches } from './worker-share.js';

/** Longest wait for the primary, in milliseconds. */
const ANSWER_MS = 5000;

export interface RunningServer extends Addresses {
  readonly port: number;
  /** Where this machine reaches it. */
  readonly localUrl: string;
  /** This process's metrics, as they go from process to process. */
  readonly snapshot: Observer['snapshot'];
  /** Ends it: work under way first. Resolves with whether everything ended in time. */
  stop(): Promise<boolean>;
}

/** What a process has in common with others that do the same work. */
export interface Shared {
  readonly limits: Limits;
  /** The metrics of all of them; absent where this one is alone. */
  readonly metrics?: Observer['metrics'];
  /** This worker's number, where there are several. */
  readonly worker?: number;
}

/** Wires the products and listens. */
export type StartServer = (
  config: Config,
  stores: Stores,
  logger: Logger,
  shared: Shared,
) => Promise<RunningServer>;

/** Loads what serves: a process that only starts others has no use for it. */
type LoadServer = () => Promise<StartServer>;

/** Serves until a signal ends it, in this process or in several. */
export async function serve(config: Config, load: LoadServer, workerFile: string): Promise<void> {
  const logger = createLogger(config);
  await tidyCaches(config);
  await (config.workers === 1
    ? serveAlone(config, logger, load)
    : serveTogether(config, logger, workerFile));
}

async function serveAlone(config: Config, logger: Logger, load: LoadServer): Promise<void> {
  const startServer = await load();
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
async function serveTogether(config: Config, logger: Logger, workerFile: string): Promise<void> {
  const stores = await openStores(config, logger);
  const end = (code: number) => logger.flush(() => process.exit(code));
  try {
    const workers = await startWorkers({
      config,
      logger,
      workerFile,
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

function tellOf(config: Config, port: number, logger: Logger): void {
  const { cdnUrl: url, appUrl } = addressesOf(config, port);
  const { dataDir, workers } = config;
  const localUrl = localUrlOf(config.host, port);
  process.stdout.write(`# Dashboard: ${appUrl}/dashboard\nAuraImage listens on ${url}\n`);
  logger.info({ url, appUrl, localUrl, dataDir, workers }, 'listening');
}

/** The channel to the primary. The process ends with it: a worker is nothing by itself. */
const channel: Channel = {
  send(message, onFailed) {
    process.send?.(message, undefined, {}, (failure) => {
      if (failure !== null) onFailed(failure);
    });
  },
  listen: (listener) => void process.on('message', listener),
};

/**
 * Serves a share of the machine's requests, beside other workers.
 *
 * @param number of this worker, from 1
 */
export async function serveAsWorker(number: number, load: LoadServer): Promise<void> {
  const whole = readConfig(process.env);
  const config = shareOf(whole, number);
  const logger = createLogger(whole, number);
  let server: RunningServer | undefined;
  const link = createLink(
    channel,
    { metrics: () => server?.snapshot() ?? [], alive: () => true },
    ANSWER_MS,
  );
  const startServer = await load();
  const stores = await openStores(config, logger);
  const limits =
    config.databaseUrl === undefined
      ? createAskedLimits(link)
      : openSharedLimits(config, stores, (err) => logger.warn({ err }, 'old counts stay'));
  server = await startServer(config, stores, logger, {
    limits,
    metrics: async () => (await link.ask('metrics')) as { type: string; text: string },
    worker: number,
  });
  const { stop, port } = server;
  stopOnSignal(logger, async () => {
    const clean = await stop();
    await stores.close();
    return clean;
  });
  // A supervisor may tell every process of the group, and the primary tells each again: the second signal
  // must not end what the first one lets end.
  process.on('SIGTERM', () => {});
  await link.ask('ready', port);
  logger.info({ port }, 'a worker listens');
}

/** Ends the process in order at the first SIGTERM or SIGINT: with 0 when everything ended in time, else 1. */
function stopOnSignal(logger: Logger, stop: () => Promise<boolean>): void {
  let stopping = false;
  const end = async (signal: string) => {
    if (stopping) return;
    stopping = true;
    // What is waited for below does not all keep the process alive: image processes do not.
    setInterval(() => {}, 60_000);
    logger.info({ signal }, 'draining');
    let clean = false;
    try {
      clean = await stop();
      logger[clean ? 'info' : 'warn']({ clean }, 'stopped');
    } catch (err) {
      clean = false;
      logger.error({ err }, 'could not stop in order');
    }
    logger.flush(() => process.exit(clean ? 0 : 1));
  };
  process.once('SIGTERM', end);
  process.once('SIGINT', end);
  process.on('unhandledRejection', (err) => logger.error({ err }, 'unhandled rejection'));
}
