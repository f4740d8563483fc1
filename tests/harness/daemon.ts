import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findCommand, installFromDebian } from './debian.js';
import { removeFolder } from './remove.js';
import { temporaryFolder } from './server.js';

const START_LIMIT_MS = 30_000;

/** A server program from Debian. */
export interface Daemon {
  /** Without a trailing slash. */
  readonly url: string;
  /** Folder for its files. */
  readonly folder: string;
  /** Its output so far. */
  output(): string;
  stop(): Promise<void>;
}

export interface DaemonOptions {
  readonly command: string;
  /** Its Debian package. */
  readonly from: string;
  /** Path in the folder, and text: written before the start. */
  readonly files?: Readonly<Record<string, string>>;
  readonly folder?: string;
  readonly scheme?: 'http' | 'https';
  arguments(folder: string, port: number): readonly string[];
}

/** The path of a command; installs its package if missing. */
export function commandOf(command: string, from: string): string {
  const known = findCommand(command);
  if (known !== undefined) return known;
  installFromDebian(from);
  const found = findCommand(command);
  if (found === undefined) throw new Error(`${from} was installed and has no ${command}`);
  return found;
}

/** Starts a program in the foreground and waits until its port accepts connections. */
export async function startDaemon(options: DaemonOptions, port: number): Promise<Daemon> {
  const command = commandOf(options.command, options.from);
  const folder = options.folder ?? (await temporaryFolder());
  await writeFiles(folder, options.files ?? {});
  const child = spawn(command, options.arguments(folder, port), {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'], HOME: folder },
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
  }
  try {
    await listening(child, port, () => `${options.command}: ${said}`);
  } catch (error) {
    child.kill(); // nobody else could
    throw error;
  }
  return {
    url: `${options.scheme ?? 'http'}://127.0.0.1:${port}`,
    folder,
    output: () => said,
    async stop() {
      if (child.exitCode === null && child.signalCode === null) {
        const ended = once(child, 'exit');
        child.kill('SIGTERM');
        await ended;
      }
      await removeFolder(folder);
    },
  };
}

async function writeFiles(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
}

async function listening(child: ChildProcess, port: number, said: () => string): Promise<void> {
  let failed: string | undefined;
  child.once('error', (error) => {
    failed = error.message;
  });
  child.once('exit', (code) => {
    failed ??= `ended with code ${code}`;
  });
  const until = Date.now() + START_LIMIT_MS;
  while (!(await takesConnections(port))) {
    if (failed !== undefined) throw new Error(`${failed}\n${said()}`);
    if (Date.now() > until) throw new Error(`does not listen\n${said()}`);
    await sleep(20);
  }
  if (failed !== undefined) throw new Error(`${failed}\n${said()}`);
}

async function takesConnections(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
