import cluster from 'node:cluster';
import { readConfig } from '../config/config.js';
import { explain } from '../commands/explain.js';
import { openSharedLimits } from './limits.js';
import { createLogger } from '../telemetry/log.js';
import { type RunningServer, startServer } from '../server.js';
import { stopOnSignal } from './stop-on-signal.js';
import { openStores } from './stores.js';
import { createAskedLimits } from './rpc-limits.js';
import { type Channel, createLink } from './rpc.js';
import { shareOf } from './worker-share.js';

/** Longest wait for the primary, in milliseconds. */
const ANSWER_MS = 5000;

/** The channel to the primary. The process ends with it: a worker is nothing by itself. */
const channel: Channel = {
  send(message, onFailed) {
    process.send?.(message, undefined, {}, (failure) => {
      if (failure !== null) onFailed(failure);
    });
  },
  listen: (listener) => void process.on('message', listener),
};

/** Serves a share of the machine's requests, beside other workers. */
async function work(number: number): Promise<void> {
  const whole = readConfig(process.env);
  const config = shareOf(whole, number);
  const logger = createLogger(whole, number);
  let server: RunningServer | undefined;
  const link = createLink(
    channel,
    { metrics: () => server?.snapshot() ?? [], alive: () => true },
    ANSWER_MS,
  );
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

if (cluster.isWorker) {
  work(Number(process.argv[2])).catch((error: unknown) => {
    process.stderr.write(`${explain(error)}\n`);
    process.exit(1);
  });
}
