import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { AuraImage } from '@auraimage/sdk';

/** @typedef {{ email: string, password: string }} Account */

const MAIN = fileURLToPath(new URL('../../apps/node/dist/main.js', import.meta.url));

/**
 * @typedef {{ secretKey: string, serveSecret: string, projectName: string }} Secrets
 * @typedef {object} BenchServer
 * @property {string} url
 * @property {number} pid
 * @property {AuraImage} aura
 * @property {Secrets} secrets
 * @property {() => Promise<void>} stop
 */

/**
 * Starts the product in a separate process.
 *
 * @param {{
 *   dataDir: string,
 *   program?: string,
 *   node?: string,
 *   secrets?: Secrets,
 *   account?: Account,
 *   flags?: readonly string[],
 *   settings?: Readonly<Record<string, string>>,
 * }} options `program` and `node` instead of this build and this Node; secrets of an earlier start on the same folder; the first account, which is made; flags are Node's; settings are the server's
 * @returns {Promise<BenchServer>}
 */
export async function startServer({
  dataDir,
  secrets,
  account,
  node = process.execPath,
  program = MAIN,
  flags = [],
  settings = {},
}) {
  const env = {
    ...process.env,
    HOST: '127.0.0.1',
    PORT: '0',
    AURA_DATA_DIR: dataDir,
    AURA_LOG_LEVEL: 'warn',
    AURA_UPLOADS_PER_MINUTE: '1000000',
    AURA_ENCODE_SECONDS_PER_MINUTE: '100000',
    ...settings,
  };
  const child = spawn(node, [...flags, program], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const line of createInterface({ input: child.stdout })) {
    const port = /^AuraImage listens on \S+:(\d+)$/.exec(line)?.[1];
    if (port === undefined) continue;
    const url = `http://127.0.0.1:${port}`;
    const known = secrets ?? (await readSecrets(dataDir));
    if (account !== undefined) await makeAccount(url, dataDir, account);
    const stop = async () => {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    };
    const aura = new AuraImage({ ...known, cdnUrl: url });
    return { url, pid: child.pid ?? 0, aura, secrets: known, stop };
  }
  throw new Error('the server ended before it listened');
}

/**
 * Makes the first account with the set-up link, from the file where the server wrote it.
 *
 * @param {string} url
 * @param {string} dataDir
 * @param {Account} account
 */
async function makeAccount(url, dataDir, account) {
  const link = await readFile(join(dataDir, 'setup-link.txt'), 'utf8');
  const token = /token=([\w-]+)/.exec(link)?.[1];
  const response = await fetch(`${url}/v1/auth/invitations/accept`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ token, ...account }),
  });
  if (!response.ok) throw new Error(`no account: ${response.status} ${await response.text()}`);
}

/**
 * The secrets of a first start, from the file where the server wrote them.
 *
 * @param {string} dataDir
 * @returns {Promise<Secrets>}
 */
async function readSecrets(dataDir) {
  const text = await readFile(join(dataDir, 'first-start.txt'), 'utf8');
  const read = (/** @type {string} */ name) =>
    new RegExp(`^${name}=(\\S+)$`, 'm').exec(text)?.[1] ?? '';
  return {
    secretKey: read('AURA_SECRET_KEY'),
    serveSecret: read('AURA_SERVE_SECRET'),
    projectName: read('NEXT_PUBLIC_AURA_PROJECT_NAME'),
  };
}

/**
 * Uploads an image and returns its key.
 *
 * @param {BenchServer} server
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @param {'public' | 'private'} visibility
 */
export async function uploadImage({ aura, url }, bytes, visibility, filename = 'bench') {
  const form = new FormData();
  form.append('file', new Blob([bytes]), filename);
  const headers = { 'X-Aura-Signature': await aura.signUpload({ visibility }) };
  const response = await fetch(`${url}/v1/upload`, { method: 'POST', headers, body: form });
  const body = /** @type {{ key: string }} */ (await response.json());
  if (response.status !== 201) throw new Error(`upload answered ${JSON.stringify(body)}`);
  return body.key;
}

/**
 * CPU seconds that a process has used (proc_pid_stat(5)).
 *
 * @param {number} pid
 */
export async function cpuSeconds(pid) {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/**
 * The process's resident memory in bytes: now, or its peak since {@link forgetPeak}.
 *
 * @param {number} pid
 * @param {'VmRSS' | 'VmHWM'} field
 */
export async function residentBytes(pid, field) {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]) * 1024;
}

/** @param {number} pid */
export async function forgetPeak(pid) {
  await writeFile(`/proc/${pid}/clear_refs`, '5');
}
