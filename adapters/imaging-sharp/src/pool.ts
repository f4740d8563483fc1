import { EngineBusyError } from '@auraimage/ports';
import { type Child, ChildFailure, type ChildOptions, startChild } from './child.js';
import { createQueue, type Lane } from './queue.js';

export interface PoolOptions extends ChildOptions {
  /** Most children, each with one job at a time. */
  readonly size: number;
  /** Most jobs that wait, by who waits. */
  readonly waiting: Readonly<Record<Lane, number>>;
  /** Children that stay when nothing is to be done. */
  readonly keep: number;
  /** How long the others stay. */
  readonly idleMs: number;
  /** A child that holds more memory than this after a job is not used again. */
  readonly retireBytes: number;
  /** Whether a job may start now; `wake` asks again. */
  readonly mayStart?: () => boolean;
  /** Called when the pool has nothing more to do. */
  readonly onQuiet?: () => void;
  readonly onIncident?: ((failure: ChildFailure) => void) | undefined;
}

export interface RunOptions {
  readonly lane: Lane;
  /** Owners have their turns one after the other. */
  readonly owner?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called when the task's turn has come. */
  readonly onBegin?: (() => void) | undefined;
}

export interface Pool {
  /**
   * Has a child do a task. Rejects with {@link EngineBusyError}, with {@link ChildFailure}, with what
   * `prepare` rejects with, or with the signal's reason when it aborts before the task's turn. A task that
   * has begun is ended: a new child would cost more than the rest of most tasks.
   *
   * @param prepare gives the task, once it is its turn
   */
  run(prepare: () => Promise<unknown>, options: RunOptions): Promise<unknown>;
  /** Starts a child, so that the first job need not wait for it. */
  warm(): void;
  wake(): void;
  /** Nothing runs and nothing waits. */
  readonly quiet: boolean;
  /** Ends all work; resolves when every child is gone. */
  close(): Promise<void>;
}

interface Job extends RunOptions {
  readonly prepare: () => Promise<unknown>;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

export function createPool(options: PoolOptions): Pool {
  const { size, keep, idleMs, retireBytes, mayStart = () => true, onQuiet, onIncident } = options;
  const queue = createQueue<Job>(options.waiting);
  const children = new Set<Child>();
  const free: Child[] = [];
  let running = 0;
  let closed = false;

  function pump(): void {
    while (running < size && mayStart()) {
      const job = queue.take();
      if (job === undefined) break;
      running++;
      job.onBegin?.();
      work(job)
        .then(job.resolve, job.reject)
        .finally(() => {
          running--;
          pump();
          if (running === 0 && queue.size === 0) onQuiet?.();
        });
    }
  }

  async function work({ prepare }: Job): Promise<unknown> {
    const task = await prepare();
    try {
      return await give(task);
    } catch (error) {
      // One that was killed from outside while it started is no reason to refuse anything.
      if (error instanceof ChildFailure && error.failure === 'start') return give(task);
      throw error;
    }
  }

  async function give(task: unknown): Promise<unknown> {
    if (closed) throw closedError();
    const child = takeFree() ?? start();
    try {
      return await child.run(task);
    } catch (error) {
      // Killed by close(): nothing has gone wrong.
      if (closed) throw closedError();
      if (error instanceof ChildFailure) onIncident?.(error);
      throw error;
    } finally {
      release(child);
    }
  }

  function start(): Child {
    const child = startChild(options);
    children.add(child);
    child.gone.then(() => children.delete(child));
    return child;
  }

  function takeFree(): Child | undefined {
    const child = free.pop();
    return child === undefined || child.alive ? child : takeFree();
  }

  /** A child that died at work is replaced at once: the next job should not wait for the start. */
  function release(child: Child): void {
    if (closed) return;
    if (child.alive && child.residentBytes() > retireBytes) child.kill();
    free.push(child.alive ? child : start());
    setTimeout(endIdle, idleMs).unref();
  }

  function endIdle(): void {
    for (const child of free.splice(0, Math.max(0, free.length - keep))) child.kill();
  }

  return {
    run(prepare, { lane, owner = '', signal, onBegin }) {
      return new Promise((resolve, reject) => {
        if (closed) return reject(closedError());
        if (signal?.aborted) return reject(signal.reason);
        const abort = () => {
          if (queue.remove(job)) job.reject(signal?.reason);
        };
        const settle = () => signal?.removeEventListener('abort', abort);
        const job: Job = {
          prepare,
          lane,
          signal,
          onBegin,
          resolve: (value) => {
            settle();
            resolve(value);
          },
          reject: (error) => {
            settle();
            reject(error);
          },
        };
        signal?.addEventListener('abort', abort);
        queue.add(lane, owner, job)?.reject(new EngineBusyError());
        pump();
      });
    },
    warm() {
      if (children.size === 0) free.push(start());
    },
    wake: pump,
    get quiet() {
      return running === 0 && queue.size === 0;
    },
    async close() {
      closed = true;
      for (let job = queue.take(); job !== undefined; job = queue.take()) job.reject(closedError());
      await Promise.all([...children].map((child) => child.kill()));
    },
  };
}

/** Whoever waits may try another server: nothing is wrong with the image. */
function closedError(): Error {
  return new EngineBusyError('The image engine is closed');
}
