import type { ChildProcess } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { setPriority } from 'node:os';
import { startConfined } from './confinement.js';

/**
 * Why a job failed. `start`: the child ended before it was ready, so the job is not the cause. `timeout`: it took
 * too long, or too much CPU time.
 */
export type FailureCause = 'crash' | 'error' | 'memory' | 'start' | 'timeout';

export class ChildFailure extends Error {
  override readonly name = 'ChildFailure';
  constructor(
    readonly failure: FailureCause,
    detail: string,
  ) {
    super(`an image process failed (${failure}): ${detail}`);
  }
}

export interface ChildOptions {
  readonly script: URL;
  /** Most resident memory during a job, in bytes. Not checked on systems without `/proc`. */
  readonly memoryBytes: number;
  /** Timeout of a job. */
  readonly timeoutMs: number;
  /** Scheduling priority, 0 to 19; a higher number is a lower priority. */
  readonly niceness: number;
  /** Folders with the files of jobs. A child can read no other data where it is confined: see {@link startConfined}. */
  readonly readable: readonly string[];
}

export interface JobOptions {
  /**
   * Most CPU time of the job, in milliseconds. Unlike elapsed time it does not depend on what else the machine
   * does: with this limit, the job may take three times its timeout. Not checked on systems without `/proc`.
   */
  readonly cpuMs?: number | undefined;
  /** Called once when the job has ended, however it ended, with its CPU time in milliseconds. */
  readonly onSpent?: ((cpuMs: number) => void) | undefined;
}

/** A process that runs one job at a time and may be killed at any time. {@link startConfined} says what it can reach. */
export interface Child {
  /** Rejects with {@link ChildFailure}. */
  run(task: unknown, options?: JobOptions): Promise<unknown>;
  readonly alive: boolean;
  /** Resident memory in bytes; 0 when unknown. */
  residentBytes(): number;
  /** Resolves when the process has exited. */
  kill(): Promise<void>;
  readonly exited: Promise<void>;
}

const CHECK_MS = 50;
const MAX_STDERR = 2000;
/** How much longer a job may take on a busy machine, if its CPU time is limited. */
const BUSY_FACTOR = 3;
/** Unit of `/proc/PID/stat`: `USER_HZ` is 100 on every platform that Node runs on. */
const MS_PER_TICK = 10;

interface Job {
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

export function startChild({ memoryBytes, timeoutMs, niceness, ...options }: ChildOptions): Child {
  const child = startConfined(options);
  let alive = true;
  let ready = false;
  let cause: FailureCause | undefined;
  let stderr = '';
  let job: Job | undefined;
  /** Sent once the child is ready: before, it may not have become the image process yet. */
  let unsent: { readonly task: unknown } | undefined;
  /** CPU time of the last job, measured by the child. */
  let reported: number | undefined;

  const kill = (why?: FailureCause) => {
    alive = false;
    cause ??= why;
    child.kill('SIGKILL');
  };
  const exited = new Promise<void>((resolve) => {
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
      // Without a process there is no exit event.
      if (child.pid === undefined) end(error.message);
    });
  });
  child.on('message', (message: Message) => {
    if (message.ready) {
      ready = true;
      if (unsent !== undefined) child.send(unsent);
      return;
    }
    reported = message.cpuMs;
    if (message.error === undefined) job?.resolve(message.value);
    else job?.reject(new ChildFailure('error', message.error));
  });
  child.stderr?.on('data', (chunk) => {
    stderr = `${stderr}${chunk}`.slice(-MAX_STDERR);
  });
  yieldToServer(child, niceness);
  keepServerAlive(child, false);

  const residentBytes = () => residentBytesOf(child.pid);
  return {
    get alive() {
      return alive;
    },
    exited,
    residentBytes,
    kill() {
      kill();
      return exited;
    },
    async run(task, { cpuMs = Number.POSITIVE_INFINITY, onSpent } = {}) {
      const started = performance.now();
      const cpuBefore = cpuMsOf(child.pid);
      let cpu: number | undefined;
      reported = undefined;
      const isCpuLimited = cpuBefore !== undefined && Number.isFinite(cpuMs);
      const mostMs = isCpuLimited ? BUSY_FACTOR * timeoutMs : timeoutMs;
      const deadline = setTimeout(() => kill('timeout'), mostMs);
      const watch = setInterval(() => {
        if (residentBytes() > memoryBytes) kill('memory');
        const now = cpuMsOf(child.pid);
        if (now !== undefined) cpu = now - (cpuBefore ?? 0);
        if (cpu !== undefined && cpu > cpuMs) kill('timeout');
      }, CHECK_MS);
      keepServerAlive(child, true);
      try {
        return await new Promise((resolve, reject) => {
          job = { resolve, reject };
          if (!ready) unsent = { task };
          else if (alive) child.send({ task });
          if (!alive) reject(new ChildFailure('start', `ended before a job ${stderr}`));
        });
      } finally {
        job = undefined;
        clearTimeout(deadline);
        clearInterval(watch);
        keepServerAlive(child, false);
        // A child that was killed reports nothing.
        onSpent?.(reported ?? cpu ?? performance.now() - started);
      }
    },
  };
}

/** Messages of a child: `ready` once, then one result per task, with its CPU time in milliseconds. */
interface Message {
  readonly ready?: true;
  readonly value?: unknown;
  readonly error?: string;
  readonly cpuMs?: number;
}

/** Only a child with a job keeps the server's event loop alive. */
function keepServerAlive(child: ChildProcess, alive: boolean): void {
  const how = alive ? 'ref' : 'unref';
  child[how]();
  child.channel?.[how]();
  const stderr = child.stderr as { unref?(): void } | null;
  stderr?.unref?.();
}

/** Keeps the server responsive while its children are busy, and alive when the machine runs out of memory. */
function yieldToServer({ pid }: ChildProcess, niceness: number): void {
  if (pid === undefined) return;
  try {
    setPriority(pid, niceness);
    writeFileSync(`/proc/${pid}/oom_score_adj`, '500');
  } catch {
    // It has exited, or the system has no such file: nothing depends on it.
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

/** CPU time of a process and all its threads so far, in milliseconds; `undefined` when unknown. */
function cpuMsOf(pid: number | undefined): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // proc(5): utime and stime are fields 14 and 15. The second field, in parentheses, may contain spaces.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) * MS_PER_TICK;
  } catch {
    return undefined;
  }
}
