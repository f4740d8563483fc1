import { type ChildProcess, fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setPriority } from 'node:os';

/** Why a child did not answer. `start`: it never came up, which is no fault of the job's. */
export type FailureCause = 'crash' | 'error' | 'memory' | 'start' | 'timeout';

export class ChildFailure extends Error {
  override readonly name = 'ChildFailure';
  constructor(
    readonly failure: FailureCause,
    detail: string,
  ) {
    super(`An image process failed (${failure}): ${detail}`);
  }
}

export interface ChildOptions {
  readonly script: URL;
  /** Most resident memory during a job, in bytes. Not watched where there is no `/proc`. */
  readonly memoryBytes: number;
  /** Longest time for a job. */
  readonly timeoutMs: number;
  /** How far its share of the processor stands back, 0 to 19. */
  readonly niceness: number;
}

/** A process that does one job after the other and may be killed at any time. */
export interface Child {
  /** Rejects with {@link ChildFailure}; the child is dead or dying then. */
  run(task: unknown): Promise<unknown>;
  readonly alive: boolean;
  /** Resident memory in bytes; 0 where that cannot be known. */
  residentBytes(): number;
  /** Resolves when the process is gone. */
  kill(): Promise<void>;
  readonly gone: Promise<void>;
}

const WATCH_MS = 50;
/** JavaScript has little to keep there: pixels lie elsewhere. */
const NODE_OPTIONS = ['--max-old-space-size=256'];
/**
 * All that a child sees of the environment: no secret of the server's. Few arenas keep glibc from
 * holding on to freed memory.
 */
const ENVIRONMENT = { MALLOC_ARENA_MAX: '2' };
const STDERR_KEPT = 2000;

interface Job {
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

export function startChild({ script, memoryBytes, timeoutMs, niceness }: ChildOptions): Child {
  const child = fork(script, {
    serialization: 'advanced',
    execArgv: NODE_OPTIONS,
    env: ENVIRONMENT,
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let alive = true;
  let ready = false;
  let cause: FailureCause | undefined;
  let stderr = '';
  let job: Job | undefined;

  const kill = (why?: FailureCause) => {
    alive = false;
    cause ??= why;
    child.kill('SIGKILL');
  };
  const gone = new Promise<void>((resolve) => {
    const end = (detail: string) => {
      alive = false;
      job?.reject(
        new ChildFailure(cause ?? (ready ? 'crash' : 'start'), `${detail} ${stderr}`.trim()),
      );
      resolve();
    };
    child.once('exit', (code, signal) => end(`ended with ${signal ?? code}`));
    child.on('error', (error) => {
      kill();
      // Without a process there will be no exit.
      if (child.pid === undefined) end(error.message);
    });
  });
  child.on('message', (message: Answer) => {
    if (message.ready) ready = true;
    else if (message.error === undefined) job?.resolve(message.value);
    else job?.reject(new ChildFailure('error', message.error));
  });
  child.stderr?.on('data', (chunk) => {
    stderr = `${stderr}${chunk}`.slice(-STDERR_KEPT);
  });
  stepBack(child, niceness);
  hold(child, false);

  const residentBytes = () => residentBytesOf(child.pid);
  return {
    get alive() {
      return alive;
    },
    gone,
    residentBytes,
    kill() {
      kill();
      return gone;
    },
    async run(task) {
      const deadline = setTimeout(() => kill('timeout'), timeoutMs);
      const watch = setInterval(() => {
        if (residentBytes() > memoryBytes) kill('memory');
      }, WATCH_MS);
      hold(child, true);
      try {
        return await new Promise((resolve, reject) => {
          job = { resolve, reject };
          if (alive) child.send({ task });
          else reject(new ChildFailure('start', `ended before a job ${stderr}`));
        });
      } finally {
        job = undefined;
        clearTimeout(deadline);
        clearInterval(watch);
        hold(child, false);
      }
    },
  };
}

/** What a child says: once that it is up, then one answer to each task. */
interface Answer {
  readonly ready?: true;
  readonly value?: unknown;
  readonly error?: string;
}

/** Only a child at work keeps the server's process from ending. */
function hold(child: ChildProcess, held: boolean): void {
  const how = held ? 'ref' : 'unref';
  child[how]();
  child.channel?.[how]();
  const stderr = child.stderr as { unref?(): void } | null;
  stderr?.unref?.();
}

/** The server answers while its children are busy. */
function stepBack({ pid }: ChildProcess, niceness: number): void {
  try {
    if (pid !== undefined) setPriority(pid, niceness);
  } catch {
    // It is gone already, or the system does not let us: nothing depends on it.
  }
}

function residentBytesOf(pid: number | undefined): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'latin1');
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}
