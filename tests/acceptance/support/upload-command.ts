import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { programOf } from '../../harness/program.js';

/** Result of a run of the server's program. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the program until it exits, with only this environment. */
export async function runCommand(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Ended> {
  const child = spawn(process.execPath, [programOf(), ...args], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 50_000, // a server that starts against expectation must not go on
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout, stderr };
}

/** Lines of a stack trace, which no message for people may contain. */
export const STACK = /^\s+at .+[:(]\d+/m;

/** Standard error without progress lines, which depend on the machine. */
export function withoutProgress({ stderr }: Pick<Ended, 'stderr'>): string {
  return stderr.replace(/^\d+ (?:of \d+ (?:images|rows)|objects and images looked at).*\n/gm, '');
}
