import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * Milliseconds within which 99 % of the responses to one thread of `wrk` came.
 *
 * @param {string} url
 * @param {{ connections: number, seconds: number }} load
 */
export async function slowestPercent(url, { connections, seconds }) {
  const { stdout } = await run('wrk', [
    '-t1',
    `-c${connections}`,
    `-d${seconds}s`,
    '--latency',
    url,
  ]);
  const [, count = '', unit = ''] = /99%\s+([\d.]+)(us|ms|s)$/m.exec(stdout) ?? [];
  return Number(count) * { us: 0.001, ms: 1, s: 1000 }[/** @type {'us'} */ (unit)];
}

/**
 * Requests per second that one thread of `wrk` completes.
 *
 * @param {string} url
 * @param {{ connections: number, seconds: number, script?: string }} load script: a Lua file that makes
 *   the requests
 */
export async function requestsPerSecond(url, { connections, seconds, script }) {
  const options = ['-t1', `-c${connections}`, `-d${seconds}s`, ...(script ? ['-s', script] : [])];
  const { stdout } = await run('wrk', [...options, url]);
  const errors = /Non-2xx or 3xx responses: \d+|Socket errors: .*/.exec(stdout)?.[0];
  // Timeouts are responses slower than 2 s, which are slow and not wrong.
  if (errors !== undefined && !/connect 0, read 0, write 0/.test(errors)) {
    throw new Error(errors);
  }
  return Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1]);
}
