import { EngineBusyError } from '@auraimage/ports';
import type { JobOptions } from './child.js';
import { closedError, createProcesses, type ProcessesOptions } from './processes.js';
import { createQueue, type Lane, type Owner } from './queue.js';

export interface PoolOptions extends ProcessesOptions {
  /** Most child processes for jobs of any length, each with one job at a time. */
  readonly size: number;
  /**
   * Priority of one more child. It takes only short jobs, of owners who have no job running: nobody can keep
   * another one's short jobs waiting alone. Absent: there is none.
   */
  readonly shortNiceness?: number | undefined;
  /** Most waiting jobs per lane. */
  readonly maxWaiting: Readonly<Record<Lane, number>>;
  /** Whether a job may start now. Call `resume` after a change. */
  readonly mayStart?: () => boolean;
  /** Called when no job runs or waits. */
  readonly onIdle?: () => void;
}

export interface RunOptions extends JobOptions {
  readonly lane: Lane;
  /** Jobs of different projects, and of a project's clients, start in turn (round robin). */
  readonly owner?: Owner | undefined;
  /** Whether the child for short jobs may take it. */
  readonly isShort?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called when the job starts. */
  readonly onBegin?: (() => void) | undefined;
}

/** The child that runs a job: one for jobs of any length, or the one for short jobs. */
export type Place = 'any' | 'short';

export interface Pool {
  /**
   * Runs a task in a child. Rejects with {@link EngineBusyError}, `ChildFailure`, the error of `prepare`, or the
   * signal's reason when it aborts before the start. A started task runs to its end: most tasks take less time
   * than the start of a new child.
   *
   * @param prepare creates the task when the job starts
   */
  run(prepare: (place: Place) => Promise<unknown>, options: RunOptions): Promise<unknown>;
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
  readonly owner: Owner;
  readonly prepare: (place: Place) => Promise<unknown>;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

const NOBODY: Owner = { project: '', client: '' };

export function createPool(options: PoolOptions): Pool {
  const { size, shortNiceness, mayStart = () => true, onIdle } = options;
  const queue = createQueue<Job>(options.maxWaiting);
  const any = { place: 'any' as Place, size, running: 0, processes: createProcesses(options) };
  const short = shortNiceness === undefined ? undefined : shortGroup(options, shortNiceness);
  const groups = short === undefined ? [any] : [any, short];
  /** The owners of running jobs, one entry for each job. */
  const served: Owner[] = [];
  let closed = false;
  const isIdle = () => queue.size === 0 && groups.every(({ running }) => running === 0);

  function startJobs(): void {
    for (const group of groups) {
      const accepts = ({ isShort = false, owner }: Job) =>
        group.place === 'any' || (isShort && !served.some((other) => isSame(owner, other)));
      while (group.running < group.size && mayStart()) {
        const job = queue.take(accepts);
        if (job === undefined) break;
        group.running++;
        served.push(job.owner);
        job.onBegin?.();
        job
          .prepare(group.place)
          .then((task) => group.processes.run(task, job))
          .then(job.resolve, job.reject)
          .finally(() => {
            group.running--;
            served.splice(served.indexOf(job.owner), 1);
            startJobs();
            if (isIdle()) onIdle?.();
          });
      }
    }
    // Long jobs wait: the next short one need not wait for the start of its child.
    if (queue.size > 0) short?.processes.warm();
  }

  return {
    run(prepare, { signal, owner = NOBODY, ...job }) {
      return new Promise((resolve, reject) => {
        if (closed) return reject(closedError());
        if (signal?.aborted) return reject(signal.reason);
        const abort = () => {
          if (queue.remove(entry)) entry.reject(signal?.reason);
        };
        const settle = () => signal?.removeEventListener('abort', abort);
        const entry: Job = {
          ...job,
          owner,
          prepare,
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
        queue.add(job.lane, owner, entry)?.reject(new EngineBusyError());
        startJobs();
      });
    },
    warm: any.processes.warm,
    resume: startJobs,
    get isIdle() {
      return isIdle();
    },
    async close() {
      closed = true;
      for (let job = queue.take(); job !== undefined; job = queue.take()) job.reject(closedError());
      await Promise.all(groups.map(({ processes }) => processes.close()));
    },
  };
}

function isSame(owner: Owner, other: Owner): boolean {
  return owner.project === other.project && owner.client === other.client;
}

/** The child for short jobs ends when it is idle: on a quiet server the others take every job. */
function shortGroup(options: ProcessesOptions, niceness: number) {
  const processes = createProcesses({ ...options, niceness, minIdle: 0 });
  return { place: 'short' as Place, size: 1, running: 0, processes };
}
