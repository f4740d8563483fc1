import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

/** The fields of `/proc/PID/stat` (proc(5)), or `null` if the process has exited. */
async function look(pid: number): Promise<{ readonly parent: number } | null> {
  const text = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => null);
  // The name in parentheses may contain anything.
  const [state, parent] = text?.slice(text.lastIndexOf(')') + 2).split(' ') ?? [];
  // A zombie has exited; its parent has not reaped it yet.
  return state === undefined || state === 'Z' || state === 'X' ? null : { parent: Number(parent) };
}

/** The running child processes of a process. */
export async function childrenOf(pid: number | undefined): Promise<readonly number[]> {
  const all = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const looks = await Promise.all(all.map(look));
  return all.filter((_, index) => looks[index]?.parent === pid);
}

export async function isRunning(pid: number): Promise<boolean> {
  return (await look(pid)) !== null;
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
      await sleep(5);
    }
  };
  const [result] = await Promise.all([ended, killer()]);
  return result;
}
