import cluster, { type Worker } from 'node:cluster';
import type { Logger } from 'pino';
import type { Config } from '../config/config.js';
import { aggregateMetrics } from '../telemetry/aggregation.js';
import { type Channel, createRpc, type Handlers, type Rpc } from './rpc.js';

/** Timeout of a call to a worker, in milliseconds. */
const CALL_MS = 2000;
/** A worker that ran this long is restarted at once, without backoff. */
const STABLE_MS = 10_000;
const MIN_BACKOFF_MS = 250;
const MAX_BACKOFF_MS = 30_000;
/** Time for a worker to close its stores after it has drained. */
const CLOSE_MS = 10_000;

export interface Workers {
  /** The port that all workers share. */
  readonly port: number;
  /** Drains all workers. Resolves with whether they all stopped in time. */
  stop(): Promise<boolean>;
}

export interface WorkersOptions {
  readonly config: Pick<Config, 'workers' | 'port' | 'drainSeconds'>;
  readonly logger: Logger;
  /** The program of a worker; its argument is the worker's number. */
  readonly workerFile: string;
  /** The methods that workers may call. */
  readonly handlers: Handlers;
  /** Called when no worker is left and none can be started, with the exit code of the last one. */
  onLost(code: number): void;
}

/** A worker's slot: when the worker exits, another one takes it. */
interface Slot {
  readonly number: number;
  worker: Worker | null;
  ready: boolean;
  backoffMs: number;
  timer?: NodeJS.Timeout;
}

/** A worker exited before it listened. Its reason is on standard error. */
export class WorkerStartError extends Error {
  override readonly name = 'WorkerStartError';
  constructor(readonly exitCode: number) {
    super('a worker could not be started');
  }
}

/**
 * Starts workers that share a port, and restarts those that exit. The first one is started alone, to find
 * out whether a worker can start at all.
 *
 * @throws {WorkerStartError}
 */
export async function startWorkers({
  config,
  logger,
  workerFile,
  handlers,
  onLost,
}: WorkersOptions): Promise<Workers> {
  const metrics = aggregateMetrics();
  const slots = Array.from(
    { length: config.workers },
    (_, index): Slot => ({ number: index + 1, worker: null, ready: false, backoffMs: 0 }),
  );
  let stopping = false;
  let port: number | undefined;
  /** Stays 0 while a worker holds the free port that 0 stands for: the others must ask for the same. */
  let requestedPort = config.port;

  /** Resolves when it listens. */
  const start = (slot: Slot): Promise<void> => {
    if (port !== undefined && slots.every(({ worker }) => worker === null)) requestedPort = port;
    cluster.setupPrimary({ exec: workerFile, args: [String(slot.number)] });
    const worker = cluster.fork({ PORT: String(requestedPort) });
    const startedAt = performance.now();
    let stopWatch = () => {};
    slot.worker = worker;
    return new Promise((resolve, reject) => {
      const ready = (listening: number) => {
        port = listening;
        slot.ready = true;
        metrics.add(slot.number, () => rpc.call('metrics'));
        stopWatch = watchWorker(
          () => rpc.call('alive'),
          () => {
            logger.error({ worker: slot.number }, 'worker does not respond: killing it');
            worker.process.kill('SIGKILL');
          },
        );
        resolve();
      };
      const all = { ...handlers, metrics: () => metrics.text(), ready };
      const rpc: Rpc = createRpc(channelOf(worker), all, CALL_MS);
      const end = (code: number | null, signal: string | null) => {
        if (slot.worker !== worker) return;
        const wasReady = slot.ready;
        const ranMs = performance.now() - startedAt;
        Object.assign(slot, { worker: null, ready: false });
        rpc.close();
        stopWatch();
        metrics.remove(slot.number);
        reject(new WorkerStartError(code || 1));
        const facts = { worker: slot.number, code, signal };
        logger[stopping ? 'info' : 'error'](facts, 'worker exited');
        if (wasReady && !stopping) restart(slot, ranMs > STABLE_MS);
      };
      worker.once('exit', end);
      // A message to a worker that has just exited fails by an event, which would end this process.
      worker.on('error', (err) => {
        logger.warn({ err, worker: slot.number }, 'cannot reach worker');
        if (worker.process.pid === undefined) end(1, null); // it was never spawned: there will be no exit event
      });
    });
  };

  const restart = (slot: Slot, wasStable: boolean): void => {
    const next = Math.min(MAX_BACKOFF_MS, Math.max(MIN_BACKOFF_MS, slot.backoffMs * 2));
    slot.backoffMs = wasStable ? 0 : next;
    slot.timer = setTimeout(async () => {
      try {
        await start(slot);
      } catch (error) {
        if (stopping) return;
        if (slots.some(({ ready }) => ready)) return restart(slot, false);
        onLost(error instanceof WorkerStartError ? error.exitCode : 1);
      }
    }, slot.backoffMs);
  };

  const stop = async (): Promise<boolean> => {
    stopping = true;
    const ends = slots.map(async ({ worker, timer }) => {
      clearTimeout(timer);
      if (worker === null) return true;
      const ended = new Promise<number | null>((resolve) => worker.once('exit', resolve));
      worker.process.kill('SIGTERM');
      const limitMs = config.drainSeconds * 1000 + CLOSE_MS;
      const cut = setTimeout(() => worker.process.kill('SIGKILL'), limitMs);
      const code = await ended;
      clearTimeout(cut);
      return code === 0;
    });
    return (await Promise.all(ends)).every(Boolean);
  };

  const [first, ...others] = slots;
  if (first !== undefined) await start(first);
  try {
    await Promise.all(others.map(start));
  } catch (error) {
    await stop();
    throw error;
  }
  return { port: port ?? config.port, stop };
}

function channelOf(worker: Worker): Channel {
  return {
    send(message, onFailed) {
      if (!worker.isConnected()) return onFailed(new Error('the worker has exited'));
      worker.send(message, (failure: Error | null) => {
        if (failure !== null) onFailed(failure);
      });
    },
    listen: (listener) => void worker.on('message', listener),
  };
}

/** Interval of the checks whether a worker responds, in milliseconds. */
const CHECK_MS = 10_000;
/** Consecutive failed checks after which a worker counts as hung: a minute. */
const MAX_MISSED = 6;

/**
 * Detects a worker that hangs. Its process is alive, so it would go on getting its share of the connections
 * and answer none of them.
 *
 * @param check rejects when the worker did not answer in time
 * @param onHung called once, after a minute without an answer
 * @returns stops the checks
 */
export function watchWorker(check: () => Promise<unknown>, onHung: () => void): () => void {
  let missed = 0;
  const run = async (): Promise<void> => {
    try {
      await check();
      missed = 0;
    } catch {
      missed += 1;
      if (missed === MAX_MISSED) onHung();
    }
  };
  const timer = setInterval(() => void run(), CHECK_MS);
  return () => clearInterval(timer);
}
