import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { isWorker } from './program.js';

export const START_LIMIT_MS = 50_000;

/** A server that was started. */
export interface Running {
  /** None if it runs beside the test. */
  readonly process?: ChildProcess;
  /** Where it says that it listens. */
  readonly url: Promise<string>;
  /** Everything on standard output so far. */
  readonly output: () => string;
  /** Everything on standard error so far: the log. */
  readonly log: () => string;
  /** Ends it, and returns its exit code. */
  end(signal: NodeJS.Signals): Promise<number | null>;
  /** SIGKILL at once, for the end of this process. */
  killNow(): void;
}

/** The address that a server says it listens on. */
export const listening = (line: string): string | undefined =>
  /^AuraImage listens on (\S+)$/m.exec(line)?.[1];

/** Starts a server in a process of its own. */
export function launchProcess(
  [command = '', ...args]: readonly string[],
  env: Readonly<Record<string, string>>,
): Running {
  const child = spawn(command, args, {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    // workerd is a process of its own, which ends with its group.
    detached: isWorker(),
  });
  let log = '';
  let output = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    log += text;
  });
  const url = new Promise<string>((resolve, reject) => {
    const fail = (why: string) => {
      clearTimeout(timer);
      reject(new Error(`${why}\n${output}\n${log}`));
    };
    const timer = setTimeout(() => fail('the server did not start in time'), START_LIMIT_MS);
    child.once('error', (error) => fail(error.message));
    child.once('exit', (code) => fail(`the server ended with code ${code}`));
    createInterface({ input: child.stdout }).on('line', (line) => {
      output += `${line}\n`;
      const found = listening(line);
      if (found === undefined) return;
      clearTimeout(timer);
      resolve(found);
    });
  });
  return {
    process: child,
    url,
    output: () => output,
    log: () => log,
    async end(signal) {
      if (child.exitCode === null && child.signalCode === null && child.pid !== undefined) {
        const ended = once(child, 'exit');
        if (signal === 'SIGKILL') killNow(child);
        else child.kill(signal);
        await ended;
      }
      return child.exitCode;
    },
    killNow: () => killNow(child),
  };
}

function killNow(child: ChildProcess): void {
  if (!isWorker() || child.pid === undefined) {
    child.kill('SIGKILL');
    return;
  }
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
}
