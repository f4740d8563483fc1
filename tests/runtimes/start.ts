import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { Miniflare } from 'miniflare';
import type { Report, Task } from './report.js';

const COMMAND = fileURLToPath(new URL('command.mjs', import.meta.url));
const WORKER = fileURLToPath(new URL('worker.mjs', import.meta.url));

export async function inNode(task: Task, node = process.execPath): Promise<Report> {
  return JSON.parse(await run(node, [COMMAND], JSON.stringify(task)));
}

export async function inBun(task: Task): Promise<Report> {
  return JSON.parse(await run(await bun(), [COMMAND], JSON.stringify(task)));
}

/** Several concurrent requests, as in a Worker: they share the SDK's cached keys. */
export async function inWorkerd(task: Task): Promise<readonly Report[]> {
  const worker = new Miniflare({
    modules: [{ type: 'ESModule', path: 'worker.mjs', contents: await workerBundle() }],
    compatibilityDate: '2024-01-01',
    port: 0,
  });
  try {
    const ask = async () => {
      const init = { method: 'POST', body: JSON.stringify(task) };
      const response = await worker.dispatchFetch('http://worker.test/', init);
      if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);
      return (await response.json()) as Report;
    };
    return [await ask(), ...(await Promise.all([ask(), ask(), ask()]))];
  } finally {
    await worker.dispose();
  }
}

/** Bundles the worker with the built SDK as for Workers; `node:` imports remain in the output. */
export async function workerBundle(): Promise<string> {
  const options = ['--target=browser', '--conditions=workerd', '--external=node:*'];
  return run(await bun(), ['build', WORKER, ...options]);
}

/**
 * Bun's binary is in a package for the platform. Its install script moves it into the main package. If npm runs
 * no scripts, it is still in the package for the platform.
 */
async function bun(): Promise<string> {
  const home = dirname(createRequire(import.meta.url).resolve('bun/package.json'));
  const platforms = join(home, '../@oven');
  const candidates = [
    join(home, 'bin/bun.exe'),
    ...(existsSync(platforms) ? readdirSync(platforms) : []).flatMap((name) =>
      ['bun', 'bun.exe'].map((file) => join(platforms, name, 'bin', file)),
    ),
  ];
  const failures: string[] = [];
  for (const candidate of candidates) {
    try {
      await run(candidate, ['--version']);
      return candidate;
    } catch (error) {
      failures.push(String(error));
    }
  }
  throw new Error(`no Bun that starts on this machine:\n${failures.join('\n')}`);
}

async function run(command: string, args: readonly string[], input = ''): Promise<string> {
  const child = spawn(command, args, { env: { PATH: process.env['PATH'] } });
  child.stdin.on('error', () => undefined); // The process may end before it has read everything.
  child.stdin.end(input);
  const [output, errors, [code, signal]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ]);
  if (code === 0) return output;
  throw new Error(`${command} ${args.join(' ')} ended with ${signal ?? code}\n${errors}`);
}
