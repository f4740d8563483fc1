import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { TestServer } from '../../harness/server.js';

/** One of `examples/`, in a separate process. */
export interface ExampleApp {
  readonly url: string;
  /** Its output so far, including standard error. */
  output(): string;
  stop(): Promise<void>;
}

export interface ExampleOptions {
  /** Folder in `examples/`. */
  readonly name: string;
  /** Arguments of Node that start it. */
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
}

const START_LIMIT_MS = 60_000;

/** The `.env` of an example on this server. */
export function exampleEnv(
  { credentials }: Pick<TestServer, 'credentials'>,
  password: string,
): NodeJS.ProcessEnv {
  return {
    PATH: process.env['PATH'],
    HOME: process.env['HOME'],
    NEXT_TELEMETRY_DISABLED: '1',
    AURA_SECRET_KEY: credentials.secretKey,
    AURA_SERVE_SECRET: credentials.serveSecret,
    NEXT_PUBLIC_AURA_PROJECT_NAME: credentials.projectName,
    NEXT_PUBLIC_AURA_CDN_URL: credentials.cdnUrl,
    GALLERY_PASSWORD: password,
    PORT: '0',
  };
}

export function exampleFolder(name: string): string {
  return fileURLToPath(new URL(`../../../examples/${name}/`, import.meta.url));
}

/** Starts an example and waits until it prints its URL. */
export async function startExample({ name, args, env }: ExampleOptions): Promise<ExampleApp> {
  const cwd = exampleFolder(name);
  const child = spawn(process.execPath, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const url = await new Promise<string>((resolve, reject) => {
    const fail = (why: string) => reject(new Error(`examples/${name} ${why}\n${output}`));
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      fail('did not start in time');
    }, START_LIMIT_MS);
    child.once('error', ({ message }) => fail(message));
    child.once('exit', (code) => fail(`ended with code ${code}`));
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
        const port = /http:\/\/localhost:(\d+)/.exec(output)?.[1];
        if (port === undefined) return;
        clearTimeout(timer);
        resolve(`http://localhost:${port}`);
      });
    }
  });
  return { url, output: () => output, stop: () => end(child) };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}
