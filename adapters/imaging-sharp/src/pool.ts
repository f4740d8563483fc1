import { EngineBusyError } from '@auraimage/ports';
import { type Child, ChildFailure, type ChildOptions, startChild } from './child.js';
import { createQueue, type Lane } from './queue.js';

export interface PoolOptions extends ChildOptions {
  /** Most child processes, each with one job at a time. */
  readonly size: number;
  /** Most waiting jobs per lane. */
  readonly maxWaiting: Readonly<Record<Lane, number>>;
  /** Number of idle children that are kept. */
  readonly minIdle: number;
  /** Idle time after which the other children end. */
  readonly idleMs: number;
  /** A child with more resident memory after a job is replaced. */
  readonly retireBytes: number;
  /** Whether a job may start now. Call `resume` after a change. */
  readonly mayStart?: () => boolean;
  /** Called when no job runs or waits. */
  readonly onIdle?: () => void;
  readonly onIncident?: ((failure: ChildFailure) => void) | undefined;
}

export interface RunOptions {
  readonly lane: Lane;
  /** Jobs of different owners start in turn (round robin). */
  readonly owner?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called when the job starts. */
  readonly onBegin?: (() => void) | undefined;
}

export interface Pool {
  /**
   * Runs a task in a child. Rejects with {@link EngineBusyError}, {@link ChildFailure}, the error of `prepare`,
   * or the signal's reason when it aborts before the start. A started task runs to its end: most tasks take
   * less time than the start of a new child.
   *
   * @param prepare creates the task when the job starts
   */
  run(prepare: () => Promise<unknown>, options: RunOptions): Promise<unknown>;
  /** Starts a child ahead of the first job. */
  warm(): void;
  /** Starts waiting jobs, after a change of `mayStart`. */
  resume(): void;
  /** Whether no job runs or waits. */
  readonly isIdle: boolean;
  /** Ends all jobs. Resolves when every child has exited. */
  close(): Promise<void>;
}

interface Job extends RunOptions {
  readonly prepare: () => Promise<unknown>;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

export function createPool(options: PoolOptions): Pool {
  const { size, minIdle, idleMs, retireBytes, mayStart = () => true, onIdle, onIncident } = options;
  const queue = createQueue<Job>(options.maxWaiting);
  const children = new Set<Child>();
  const free: Child[] = [];
  let running = 0;
  let closed = false;

  function startJobs(): void {
    while (running < size && mayStart()) {
      const job = queue.take();
      if (job === undefined) break;
      running++;
      job.onBegin?.();
      runJob(job)
        .then(job.resolve, job.reject)
        .finally(() => {
          running--;
          startJobs();
          if (running === 0 && queue.size === 0) onIdle?.();
        });
    }
  }

  async function runJob({ prepare }: Job): Promise<unknown> {
    const task = await prepare();
    try {
      return await runInChild(task);
    } catch (error) {
      // The child ended before it was ready, for example by an external kill: try once more.
      if (error instanceof ChildFailure && error.failure === 'start') return runInChild(task);
      throw error;
    }
  }

  async function runInChild(task: unknown): Promise<unknown> {
    if (closed) throw closedError();
    const child = takeFree() ?? start();
    try {
      return await child.run(task);
    } catch (error) {
      // Killed by close(), which is no incident.
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
    child.exited.then(() => children.delete(child));
    return child;
  }

  function takeFree(): Child | undefined {
    const child = free.pop();
    return child === undefined || child.alive ? child : takeFree();
  }

  /** A child that died during a job is replaced at once, so that the next job does not wait for the start. */
  function release(child: Child): void {
    if (closed) return;
    if (child.alive && child.residentBytes() > retireBytes) child.kill();
    free.push(child.alive ? child : start());
    setTimeout(endIdle, idleMs).unref();
  }

  function endIdle(): void {
    for (const child of free.splice(0, Math.max(0, free.length - minIdle))) child.kill();
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
        startJobs();
      });
    },
    warm() {
      if (children.size === 0) free.push(start());
    },
    resume: startJobs,
    get isIdle() {
      return running === 0 && queue.size === 0;
    },
    async close() {
      closed = true;
      for (let job = queue.take(); job !== undefined; job = queue.take()) job.reject(closedError());
      await Promise.all([...children].map((child) => child.kill()));
    },
  };
}

/** Busy, because another server may do the job: nothing is wrong with the image. */
function closedError(): Error {
  return new EngineBusyError('the image engine is closed');
}
