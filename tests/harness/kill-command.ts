import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { programOf } from './program.js';

const POLL_MS = 5;

/**
 * Runs the server's program and kills it (SIGKILL) as soon as a condition holds.
 *
 * @returns whether it was killed; it may have exited before
 */
export async function killCommand(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  condition: () => Promise<boolean> | boolean,
): Promise<boolean> {
  const child = spawn(process.execPath, [programOf(), ...args], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: 'ignore',
  });
  const ended = once(child, 'close');
  while (child.exitCode === null && !(await condition())) await sleep(POLL_MS);
  child.kill('SIGKILL');
  await ended;
  return child.signalCode === 'SIGKILL';
}
