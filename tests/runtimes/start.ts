import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { Miniflare } from 'miniflare';
import { bunProgram } from '../harness/bun.js';
import { createOnce } from '../harness/worker.js';
import type { Report, Task } from './report.js';

const COMMAND = fileURLToPath(new URL('command.mjs', import.meta.url));
const WORKER = fileURLToPath(new URL('worker.mjs', import.meta.url));

export async function inNode(task: Task, node = process.execPath): Promise<Report> {
  return JSON.parse(await run(node, [COMMAND], JSON.stringify(task)));
}

export async function inBun(task: Task): Promise<Report> {
  return JSON.parse(await run(await bunProgram(), [COMMAND], JSON.stringify(task)));
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

/** The worker, bundled with the built SDK as for Workers; `node:` imports remain in the output. */
export const workerBundle = createOnce(async () => {
  const options = ['--target=browser', '--conditions=workerd', '--external=node:*'];
  return run(await bunProgram(), ['build', WORKER, ...options]);
});

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
