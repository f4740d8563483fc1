import { spawn } from 'node:child_process';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pictures } from '../files/pictures.js';
import { programOf } from '../harness/program.js';
import { removeFolder } from '../harness/remove.js';
import { startTestServer, type TestServer, temporaryFolder } from '../harness/server.js';
import { upload } from '../harness/upload.js';
import { childrenOf, isRunning } from './support/transform-processes.js';
import { runCommand, STACK } from './support/upload-command.js';
import { filesUnder } from './support/upload-store.js';

describe('the first start', () => {
  let root: string;
  let dataDir: string;
  let first: TestServer;
  /** Another process with the same folder. */
  let second: TestServer;
  let jpeg: Buffer;

  beforeAll(async () => {
    root = await temporaryFolder();
    dataDir = join(root, 'made', 'by', 'the-server');
    [first, jpeg] = await Promise.all([
      startTestServer({ dataDir, program: 'built' }),
      pictures.jpeg(),
    ]);
    second = await startTestServer({ dataDir, credentials: first.credentials });
  });

  afterAll(async () => {
    await Promise.all([first.stop(), second.stop()]);
    await removeFolder(root);
  });

  it('writes the .env block to a file that its output names, and no secret to output or log', async () => {
    const path = join(dataDir, 'first-start.txt');
    expect(first.output()).toContain(path);
    const text = await readFile(path, 'utf8');
    expect(text.split('\n').filter((line) => /^[A-Z_]+=/.test(line))).toEqual(ENV_BLOCK);
    expect(first.output() + first.log()).not.toMatch(/sk_live_|token=/);
  });

  it('shows everything in a terminal, the log for people, and writes no file; ends with the terminal', async () => {
    const folder = join(root, 'terminal');
    const shown = await startInTerminal(folder);
    const lines = shown.split(/\r?\n/);
    expect(lines.filter((line) => /^[A-Z_]+=/.test(line))).toEqual(ENV_BLOCK);
    expect(shown).toMatch(/^# Make your account: http:\S+\?token=[\w-]{43}\r?$/m);
    const [unsigned = '', signed = ''] = lines.filter((line) => /^http\S+$/.test(line));
    expect(signed.startsWith(`${unsigned}?token=`)).toBe(true);
    expect((await readdir(folder)).filter((name) => name.endsWith('.txt'))).toEqual([]);
    expect(shown).toMatch(/INFO.*POST \/v1\/upload 201 in [\d.]+ ms/);
    expect(shown).not.toContain('{"level"');
  });

  it('shows two links to a private image: one is refused, one works', async () => {
    expect(first.output().split('\n')).toContain(first.sample.unsigned);
    const { unsigned, signed } = first.sample;
    expect(signed.startsWith(`${unsigned}?token=`)).toBe(true);
    const refused = await fetch(unsigned);
    expect(refused.status).toBe(403);
    expect(await refused.json()).toEqual({ message: 'Signed token required for private image' });
    const opened = await fetch(signed);
    expect(opened.status).toBe(200);
    expect(opened.headers.get('content-type')).toBe('image/jpeg');
    const bytes = Buffer.from(await opened.arrayBuffer());
    expect(bytes.subarray(0, 3).toString('hex')).toBe('ffd8ff');
  });

  it('makes its files unreadable for other users', async () => {
    expect(await modeOf(dataDir)).toBe('700');
    expect(await modeOf(join(dataDir, 'aura.db'))).toBe('600');
    expect(await modeOf(join(dataDir, 'master.key'))).toBe('600');
    for (const path of await filesUnder(dataDir))
      expect([path, await modeOf(path)]).toEqual([path, '600']);
  });

  it('stores no secret in plain text, and no master key in the database', async () => {
    await upload(first, jpeg, 'private');
    const { secretKey, serveSecret } = first.credentials;
    const masterKey = (await readFile(join(dataDir, 'master.key'), 'utf8')).trim();
    const files = (await filesUnder(dataDir)).filter((path) => !path.endsWith('.txt'));
    expect(files.length).toBeGreaterThan(3);
    for (const path of files) {
      const bytes = await readFile(path);
      for (const secret of [secretKey, serveSecret])
        expect([path, finds(bytes, secret)]).toEqual([path, false]);
      if (!path.endsWith('master.key'))
        expect([path, finds(bytes, masterKey)]).toEqual([path, false]);
    }
  });

  it('happens once: a second process shows no secret, and the credentials work on both', async () => {
    expect(second.secrets.replace(second.setupUrl, '')).not.toMatch(/sk_live_|token=/);
    expect(second.output()).not.toMatch(/sk_live_|token=|first-start/);
    const { key } = await upload(first, jpeg, 'private');
    expect((await fetch(await second.aura.getSignedUrl(key))).status).toBe(200);
    const other = await upload(second, jpeg, 'private');
    expect((await fetch(await first.aura.getSignedUrl(other.key))).status).toBe(200);
  });

  it('makes a visibility change effective on every process at once', async () => {
    const { key } = await upload(first, jpeg, 'public');
    const { projectName } = first.credentials;
    for (let round = 0; round < 20; round++) {
      const [flips, reads] = round % 2 === 0 ? [first, second] : [second, first];
      const address = `${reads.url}/${projectName}/${key}`;
      await flips.aura.setVisibility(key, 'public');
      expect(await statusOf(address)).toBe(200);
      await flips.aura.setVisibility(key, 'private');
      expect(await statusOf(address)).toBe(403);
      expect(await statusOf(await reads.aura.getSignedUrl(key))).toBe(200);
    }
  });

  it('does not start with another master key', async () => {
    const AURA_MASTER_KEY = 'ab'.repeat(32);
    const env = { PORT: '0', AURA_DATA_DIR: dataDir, AURA_MASTER_KEY };
    const { code, stdout, stderr } = await runCommand([], env);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/AURA_MASTER_KEY/);
    expect(stderr).not.toMatch(STACK);
    expect(stderr).not.toContain(AURA_MASTER_KEY);
  });

  it('uses the master key of the environment and then writes no file', async () => {
    const folder = join(root, 'configured');
    const AURA_MASTER_KEY = Buffer.alloc(32, 7).toString('base64');
    const options = { dataDir: folder, env: { AURA_MASTER_KEY } };
    const started = await startTestServer(options);
    await started.kill();
    expect(await filesUnder(folder)).not.toContain(join(folder, 'master.key'));
    const hex = { AURA_MASTER_KEY: Buffer.alloc(32, 7).toString('hex') };
    const again = await startTestServer({ ...options, env: hex, credentials: started.credentials });
    try {
      const { key } = await upload(again, jpeg, 'private');
      expect(await statusOf(await again.aura.getSignedUrl(key))).toBe(200);
    } finally {
      await again.kill();
    }
  });
});

const ENV_BLOCK = [
  expect.stringMatching(/^AURA_SECRET_KEY=sk_live_[\w-]{32,}$/),
  expect.stringMatching(/^AURA_SERVE_SECRET=psk_live_[\w-]{32,}$/),
  expect.stringMatching(/^NEXT_PUBLIC_AURA_PROJECT_NAME=[a-z0-9-]{2,40}$/),
  expect.stringMatching(/^NEXT_PUBLIC_AURA_CDN_URL=http:\/\/localhost:\d+$/),
];

/** Starts a server in a pseudo-terminal, and closes it. Returns what it shows until it listens. */
async function startInTerminal(dataDir: string): Promise<string> {
  const command = [process.execPath, programOf()].map((word) => `'${word}'`).join(' ');
  // Of util-linux.
  const child = spawn('script', ['-qefc', `exec ${command}`, '/dev/null'], {
    env: { PATH: process.env['PATH'], PORT: '0', AURA_DATA_DIR: dataDir },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  let shown = '';
  for await (const text of child.stdout.setEncoding('utf8')) {
    shown += text;
    if (/^AuraImage listens on/m.test(shown)) break;
  }
  const [server] = await childrenOf(child.pid);
  child.kill('SIGKILL');
  if (server === undefined) throw new Error(shown);
  await expect.poll(() => isRunning(server), { timeout: 30_000 }).toBe(false);
  return shown;
}

async function statusOf(url: string): Promise<number> {
  const response = await fetch(url);
  await response.arrayBuffer();
  return response.status;
}

async function modeOf(path: string): Promise<string> {
  return ((await stat(path)).mode & 0o777).toString(8);
}

function finds(bytes: Buffer, text: string): boolean {
  return bytes.includes(text) || bytes.includes(Buffer.from(text).toString('hex'));
}
