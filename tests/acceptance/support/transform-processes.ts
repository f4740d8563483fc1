import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

/** The running child processes of a process (proc(5), `/proc/PID/task/TID/children`). */
export async function childrenOf(pid: number | undefined): Promise<readonly number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'latin1').catch(() => '');
  const children = text.split(' ').filter(Boolean).map(Number);
  const running = await Promise.all(children.map(isRunning));
  return children.filter((_, index) => running[index]);
}

/** Whether a process has not exited: of a zombie, only the exit code is left, which its parent has not read. */
export async function isRunning(pid: number): Promise<boolean> {
  const text = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => '');
  // The name in parentheses may contain anything.
  const [state = ''] = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return state !== '' && state !== 'Z' && state !== 'X';
}

/** SIGKILL; ignores a process that has just exited. */
export function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // No such process.
  }
}

/** Kills every child repeatedly until the work is done. */
export async function killingChildren<T>(pid: number | undefined, work: Promise<T>): Promise<T> {
  let over = false;
  const ended = work.finally(() => {
    over = true;
  });
  const killer = async () => {
    while (!over) {
      for (const child of await childrenOf(pid)) kill(child);
      await sleep(10);
    }
  };
  const [result] = await Promise.all([ended, killer()]);
  return result;
}
