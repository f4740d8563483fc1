import { EngineBusyError } from '@auraimage/ports';
import {
  type Child,
  ChildFailure,
  type ChildOptions,
  type JobOptions,
  startChild,
} from './child.js';

export interface ProcessesOptions extends ChildOptions {
  /** Number of idle children that are kept. */
  readonly minIdle: number;
  /** Idle time after which the other children end. */
  readonly idleMs: number;
  /** A child with more resident memory after a job is replaced. */
  readonly retireBytes: number;
  readonly onIncident?: ((failure: ChildFailure) => void) | undefined;
}

/** Child processes of one kind. They are started when they are needed, and reused. */
export interface Processes {
  /**
   * Runs a task in a free child, or in a new one. Rejects with {@link ChildFailure}, or with
   * {@link EngineBusyError} after `close`.
   */
  run(task: unknown, options: JobOptions): Promise<unknown>;
  /** Starts a child ahead of the first task. */
  warm(): void;
  /** Kills every child. Resolves when all have exited. */
  close(): Promise<void>;
}

export function createProcesses(options: ProcessesOptions): Processes {
  const { minIdle, idleMs, retireBytes, onIncident } = options;
  const children = new Set<Child>();
  const free: Child[] = [];
  let closed = false;

  async function runInChild(task: unknown, job: JobOptions): Promise<unknown> {
    if (closed) throw closedError();
    const child = takeFree() ?? start();
    try {
      return await child.run(task, job);
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
    async run(task, job) {
      try {
        return await runInChild(task, job);
      } catch (error) {
        // The child ended before it was ready, for example by an external kill: try once more.
        if (error instanceof ChildFailure && error.failure === 'start')
          return runInChild(task, job);
        throw error;
      }
    },
    warm() {
      if (children.size > 0 || closed) return;
      free.push(start());
      setTimeout(endIdle, idleMs).unref();
    },
    async close() {
      closed = true;
      await Promise.all([...children].map((child) => child.kill()));
    },
  };
}

/** Busy, because another server may do the job: nothing is wrong with the image. */
export function closedError(): Error {
  return new EngineBusyError('the image engine is closed');
}
