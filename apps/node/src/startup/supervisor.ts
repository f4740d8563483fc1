import cluster, { type Worker } from 'node:cluster';
import type { Logger } from 'pino';
import type { Config } from '../config/config.js';
import { gatherMetrics } from '../telemetry/aggregation.js';
import { type Channel, createLink, type Handlers, type Link } from './rpc.js';

/** Longest wait for a worker's answer, in milliseconds. */
const ANSWER_MS = 2000;
/** A worker that lived so long is started again at once. */
const STEADY_MS = 10_000;
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 30_000;
/** For what a worker does after its own time to drain. */
const END_MS = 10_000;

export interface Workers {
  /** The one port of all of them. */
  readonly port: number;
  /** Drains all. Resolves with whether everything ended in time. */
  stop(): Promise<boolean>;
}

export interface WorkersOptions {
  readonly config: Pick<Config, 'workers' | 'port' | 'drainSeconds'>;
  readonly logger: Logger;
  /** The program of a worker; its argument is the worker's number. */
  readonly workerFile: string;
  /** Answers what workers ask. */
  readonly handlers: Handlers;
  /** Told when no worker is left and none can be started, with the code that the last one ended with. */
  onLost(code: number): void;
}

/** A worker's place: another one takes it when it dies. */
interface Place {
  readonly number: number;
  worker: Worker | null;
  ready: boolean;
  pauseMs: number;
  timer?: NodeJS.Timeout;
}

/** A worker ended before it listened; it has said why on standard error. */
export class WorkerStartError extends Error {
  override readonly name = 'WorkerStartError';
  constructor(readonly exitCode: number) {
    super('a worker could not be started');
  }
}

/**
 * Starts workers that share a port, and keeps as many running. The first one shows whether one can be
 * started at all.
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
  const metrics = gatherMetrics();
  const places = Array.from(
    { length: config.workers },
    (_, index): Place => ({ number: index + 1, worker: null, ready: false, pauseMs: 0 }),
  );
  let stopping = false;
  let port: number | undefined;
  /** 0 as long as the port that 0 stands for is held by a worker: the others have to ask for the same. */
  let askedPort = config.port;

  /** Resolves when it listens. */
  const start = (place: Place): Promise<void> => {
    if (port !== undefined && places.every(({ worker }) => worker === null)) askedPort = port;
    cluster.setupPrimary({ exec: workerFile, args: [String(place.number)] });
    const worker = cluster.fork({ PORT: String(askedPort) });
    const startedAt = performance.now();
    let endWatch = () => {};
    place.worker = worker;
    return new Promise((resolve, reject) => {
      const ready = (listening: number) => {
        port = listening;
        place.ready = true;
        metrics.add(place.number, () => link.ask('metrics'));
        endWatch = watchWorker(
          () => link.ask('alive'),
          () => {
            logger.error({ worker: place.number }, 'a worker hangs: it is ended');
            worker.process.kill('SIGKILL');
          },
        );
        resolve();
      };
      const all = { ...handlers, metrics: () => metrics.text(), ready };
      const link: Link = createLink(channelOf(worker), all, ANSWER_MS);
      const end = (code: number | null, signal: string | null) => {
        if (place.worker !== worker) return;
        const wasReady = place.ready;
        const livedMs = performance.now() - startedAt;
        Object.assign(place, { worker: null, ready: false });
        link.end();
        endWatch();
        metrics.remove(place.number);
        reject(new WorkerStartError(code || 1));
        const facts = { worker: place.number, code, signal };
        logger[stopping ? 'info' : 'error'](facts, 'a worker has ended');
        if (wasReady && !stopping) restart(place, livedMs > STEADY_MS);
      };
      worker.once('exit', end);
      // Messages to one that has just died fail by an event, which would end this process.
      worker.on('error', (err) => {
        logger.warn({ err, worker: place.number }, 'a worker is gone');
        if (worker.process.pid === undefined) end(1, null); // never was one: there is no exit to come
      });
    });
  };

  const restart = (place: Place, wasSteady: boolean): void => {
    const longer = Math.min(LONGEST_PAUSE_MS, Math.max(FIRST_PAUSE_MS, place.pauseMs * 2));
    place.pauseMs = wasSteady ? 0 : longer;
    place.timer = setTimeout(async () => {
      try {
        await start(place);
      } catch (error) {
        if (stopping) return;
        if (places.some(({ ready }) => ready)) return restart(place, false);
        onLost(error instanceof WorkerStartError ? error.exitCode : 1);
      }
    }, place.pauseMs);
  };

  const stop = async (): Promise<boolean> => {
    stopping = true;
    const ends = places.map(async ({ worker, timer }) => {
      clearTimeout(timer);
      if (worker === null) return true;
      const ended = new Promise<number | null>((resolve) => worker.once('exit', resolve));
      worker.process.kill('SIGTERM');
      const limitMs = config.drainSeconds * 1000 + END_MS;
      const cut = setTimeout(() => worker.process.kill('SIGKILL'), limitMs);
      const code = await ended;
      clearTimeout(cut);
      return code === 0;
    });
    return (await Promise.all(ends)).every(Boolean);
  };

  const [first, ...others] = places;
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
      if (!worker.isConnected()) return onFailed(new Error('the worker is gone'));
      worker.send(message, (failure: Error | null) => {
        if (failure !== null) onFailed(failure);
      });
    },
    listen: (listener) => void worker.on('message', listener),
  };
}

/** How often a worker is asked whether it goes on, in milliseconds. */
const LOOK_MS = 10_000;
/** Looks in a row without an answer, after which it never will: a minute. */
const MOST_MISSED = 6;

/**
 * Looks after a worker whose process lives on. One that hangs would go on getting its share of the
 * connections, and answer none of them.
 *
 * @param ask rejects where there was no answer in time
 * @param onHung told once, after a minute without an answer
 * @returns ends it
 */
export function watchWorker(ask: () => Promise<unknown>, onHung: () => void): () => void {
  let missed = 0;
  const look = async (): Promise<void> => {
    try {
      await ask();
      missed = 0;
    } catch {
      missed += 1;
      if (missed === MOST_MISSED) onHung();
    }
  };
  const timer = setInterval(() => void look(), LOOK_MS);
  return () => clearInterval(timer);
}
