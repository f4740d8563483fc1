import cluster from 'node:cluster';
import { type Addresses, addressesOf, localUrlOf } from '@auraimage/host';
import type { Limits } from '@auraimage/limits';
import type { Logger } from 'pino';
import { type Config, readConfig } from '../config/config.js';
import { createLogger } from '../telemetry/log.js';
import type { Observer } from '../telemetry/request-observer.js';
import { welcomeFirstUser } from './first-steps.js';
import {
  createMemoryLimits,
  createRemoteLimits,
  limitHandlers,
  openSharedLimits,
} from './limits.js';
import { type Channel, createRpc } from './rpc.js';
import { openStores, type Stores } from './stores.js';
import { startWorkers, WorkerStartError } from './supervisor.js';
import { removeStaleCaches, shareOf } from './worker-share.js';

/** Timeout of a call to the supervisor, in milliseconds. */
const CALL_MS = 5000;
/** Within this time, another signal is the same one: npm passes on the Ctrl-C that the terminal has sent as well. */
const SAME_SIGNAL_MS = 3000;
/** Interval of the checks whether npm is still there, in milliseconds. */
const NPM_MS = 500;

export interface RunningServer extends Addresses {
  readonly port: number;
  /** Its address on this machine. */
  readonly localUrl: string;
  /** The metrics of this process, as they are sent to the supervisor. */
  readonly snapshot: Observer['snapshot'];
  /** Drains it, then closes it. Resolves with whether all requests ended in time. */
  stop(): Promise<boolean>;
}

/** What workers share; a single process has its own. */
export interface Shared {
  readonly limits: Limits;
  /** The metrics of all workers; absent in a single process. */
  readonly metrics?: Observer['metrics'];
  /** The number of this worker; absent in a single process. */
  readonly worker?: number;
}

/** Wires the products and listens. */
export type StartServer = (
  config: Config,
  stores: Stores,
  logger: Logger,
  shared: Shared,
) => Promise<RunningServer>;

/** Loads the server. The supervisor never needs it. */
type LoadServer = () => Promise<StartServer>;

/** Serves until a signal ends it, in this process or in several. */
export async function serve(config: Config, load: LoadServer, workerFile: string): Promise<void> {
  const logger = await createLogger(config);
  endWithNpm();
  await removeStaleCaches(config);
  await (config.workers === 1
    ? serveInProcess(config, logger, load)
    : supervise(config, logger, workerFile));
}

async function serveInProcess(config: Config, logger: Logger, load: LoadServer): Promise<void> {
  const startServer = await load();
  const stores = await openStores(config, logger);
  const limits =
    config.databaseUrl === undefined
      ? createMemoryLimits(config)
      : openSharedLimits(config, stores, (err) =>
          logger.warn({ err }, 'expired limit counters could not be deleted'),
        );
  const server = await startServer(config, stores, logger, { limits });
  stopOnSignal(logger, async () => {
    const clean = await server.stop();
    await stores.close();
    return clean;
  });
  await welcomeFirstUser(stores, config, server);
  announce(config, server.port, logger);
}

/** Starts the workers that serve, counts limits for them, and does what must happen only once. */
async function supervise(config: Config, logger: Logger, workerFile: string): Promise<void> {
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
    await welcomeFirstUser(stores, config, { ...addressesOf(config, port), localUrl });
    announce(config, port, logger);
  } catch (error) {
    if (!(error instanceof WorkerStartError)) throw error;
    end(error.exitCode);
  } finally {
    await stores.close();
  }
}

function announce(config: Config, port: number, logger: Logger): void {
  const { cdnUrl: url, appUrl } = addressesOf(config, port);
  const { dataDir, workers } = config;
  const localUrl = localUrlOf(config.host, port);
  process.stdout.write(`# Dashboard: ${appUrl}/dashboard\nAuraImage listens on ${url}\n`);
  logger.info({ url, appUrl, localUrl, dataDir, workers }, 'listening');
}

/** The channel to the supervisor. The process exits when it closes. */
const channel: Channel = {
  send(message, onFailed) {
    process.send?.(message, undefined, {}, (failure) => {
      if (failure !== null) onFailed(failure);
    });
  },
  listen: (listener) => void process.on('message', listener),
};

/**
 * Serves a share of the machine's connections, beside other workers.
 *
 * @param number of this worker, from 1
 */
export async function serveAsWorker(number: number, load: LoadServer): Promise<void> {
  const whole = readConfig(process.env);
  const config = shareOf(whole, number);
  const logger = await createLogger(whole, number);
  let server: RunningServer | undefined;
  const rpc = createRpc(
    channel,
    { metrics: () => server?.snapshot() ?? [], alive: () => true },
    CALL_MS,
  );
  const startServer = await load();
  const stores = await openStores(config, logger);
  const limits =
    config.databaseUrl === undefined
      ? createRemoteLimits(rpc)
      : openSharedLimits(config, stores, (err) =>
          logger.warn({ err }, 'expired limit counters could not be deleted'),
        );
  server = await startServer(config, stores, logger, {
    limits,
    metrics: async () => (await rpc.call('metrics')) as { type: string; text: string },
    worker: number,
  });
  const { stop, port } = server;
  stopOnSignal(logger, async () => {
    const clean = await stop();
    await stores.close();
    return clean;
  });
  await rpc.call('ready', port);
  logger.info({ port }, 'worker listening');
}

/**
 * Shuts down at the first SIGTERM, SIGINT or SIGHUP: exit code 0 when everything ended in time, else 1. A second one
 * ends it at once, with 1. In a worker it does not: systemd and others signal every process of the group, and the
 * supervisor signals each worker again.
 */
function stopOnSignal(logger: Logger, stop: () => Promise<boolean>): void {
  let stoppingSince: number | undefined;
  const end = async (signal: string) => {
    if (stoppingSince !== undefined) {
      if (cluster.isWorker || performance.now() - stoppingSince < SAME_SIGNAL_MS) return;
      logger.warn({ signal }, 'stopped before everything ended');
      return logger.flush(() => process.exit(1));
    }
    stoppingSince = performance.now();
    // Not everything awaited below keeps the process alive: image processes do not.
    setInterval(() => {}, 60_000);
    logger.info({ signal }, 'draining');
    let clean = false;
    try {
      clean = await stop();
      logger[clean ? 'info' : 'warn']({ clean }, 'stopped');
    } catch (err) {
      clean = false;
      logger.error({ err }, 'shutdown failed');
    }
    logger.flush(() => process.exit(clean ? 0 : 1));
  };
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, end);
  process.on('unhandledRejection', (err) => logger.error({ err }, 'unhandled rejection'));
}

/**
 * Ends this process when the `npm start` or `npx` that started it has ended. Of some signals npm just ends, and those
 * that it passes on reach a shell, which may wait for this process and not pass them on. In each case there is another
 * parent then. Other scripts of npm may leave a server running on purpose.
 */
function endWithNpm(): void {
  if (!['start', 'npx'].includes(process.env['npm_lifecycle_event'] ?? '')) return;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    process.kill(process.pid, 'SIGTERM');
  }, NPM_MS);
  timer.unref();
}
