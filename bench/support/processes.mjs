import { readFile } from 'node:fs/promises';

/** @param {number} pid */
export async function childrenOf(pid) {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return text.trim().split(' ').filter(Boolean).map(Number);
}

/**
 * CPU seconds of a process and of all its children, including ended ones
 * (proc_pid_stat(5)).
 *
 * @param {number} pid
 * @returns {Promise<number>}
 */
export async function treeCpuSeconds(pid) {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const own = fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / 100;
  const children = await Promise.all((await childrenOf(pid)).map(treeCpuSeconds));
  return children.reduce((sum, seconds) => sum + seconds, own);
}
