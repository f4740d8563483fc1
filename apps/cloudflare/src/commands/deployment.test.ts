import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { deploy, type Wrangler } from './deployment.js';

const URL_OF_WORKER = 'https://auraimage.ada.workers.dev';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'aura-deployment-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** An account at Cloudflare, as far as wrangler shows it. */
function createAccount(secrets: Record<string, string> | null) {
  let known = secrets;
  const calls: string[] = [];
  const files: string[] = [];
  const wrangler: Wrangler = async (args, { input, env } = {}) => {
    calls.push(args.slice(0, 2).join(' '));
    if (args[0] === 'secret' && args[1] === 'list') {
      if (known === null) return { code: 1, output: 'Worker "auraimage" not found. [code: 10007]' };
      const list = Object.keys(known).map((name) => ({ name, type: 'secret_text' }));
      return { code: 0, output: JSON.stringify(list) };
    }
    if (args[0] === 'deploy') {
      const file = args[2] ?? '';
      files.push(file);
      expect((await stat(file)).mode & 0o077).toBe(0);
      known = { ...known, ...JSON.parse(await readFile(file, 'utf8')) };
      const done = { type: 'deploy', targets: ['*/5 * * * *', URL_OF_WORKER] };
      const lines = [{ type: 'wrangler-session' }, done].map((line) => JSON.stringify(line));
      await writeFile(env?.['WRANGLER_OUTPUT_FILE_PATH'] ?? '', `${lines.join('\n')}\n`);
      return { code: 0, output: '' };
    }
    known = { ...known, ...JSON.parse(input ?? '{}') };
    return { code: 0, output: '' };
  };
  return { wrangler, calls, files, secrets: () => known ?? {} };
}

/** The Worker: asks for the token that was deployed. */
const workerOf = (secrets: () => Record<string, string>): typeof fetch => {
  return async (input, init) => {
    expect(String(input)).toBe(`${URL_OF_WORKER}/v1/setup`);
    const headers = new Headers(init?.headers);
    const [given, folder] = [headers.get('authorization'), headers.get('aura-folder') ?? ''];
    const path = decodeURIComponent(folder);
    if (given !== `Bearer ${secrets()['AURA_SETUP_TOKEN']}`)
      return new Response('', { status: 404 });
    const file = `${path}/first-start.txt`;
    const steps = [
      {
        do: 'show',
        path: file,
        text: 'AURA_SECRET_KEY=sk_live_x\n',
        instead: `# The lines are in ${file}\n`,
      },
      { do: 'say', text: '# No sample image\n' },
    ];
    return Response.json({ steps, cdnUrl: URL_OF_WORKER, appUrl: URL_OF_WORKER });
  };
};

async function run(account: ReturnType<typeof createAccount>, options: object = {}) {
  let output = '';
  await deploy({
    wrangler: account.wrangler,
    folder,
    isTerminal: false,
    write: (text) => {
      output += text;
    },
    fetch: workerOf(account.secrets),
    ...options,
  });
  return output;
}

describe('a deployment', () => {
  it('of the first time makes the master key and says where the Worker is', async () => {
    const account = createAccount(null);
    const output = await run(account);
    expect(account.calls).toEqual(['secret list', 'deploy --secrets-file', 'secret bulk']);
    const { AURA_MASTER_KEY, AURA_PUBLIC_URL, AURA_SETUP_TOKEN } = account.secrets();
    expect(AURA_MASTER_KEY).toMatch(/^[0-9a-f]{64}$/);
    expect(AURA_PUBLIC_URL).toBe(URL_OF_WORKER);
    const key = join(folder, 'master.key');
    expect((await readFile(key, 'utf8')).trim()).toBe(AURA_MASTER_KEY);
    expect((await stat(key)).mode & 0o077).toBe(0);
    expect(account.files.some(existsSync)).toBe(false);
    expect(output).not.toMatch(/sk_live_/);
    for (const secret of [AURA_MASTER_KEY, AURA_SETUP_TOKEN]) expect(output).not.toContain(secret);
    expect(output).toContain(`# The master key is in ${key}.`);
    expect(output).toContain(`AuraImage answers at ${URL_OF_WORKER}\n`);
    const lines = join(folder, 'first-start.txt');
    expect(output).toContain(`# The lines are in ${lines}\n`);
    expect(await readFile(lines, 'utf8')).toContain('AURA_SECRET_KEY=sk_live_x');
    expect((await stat(lines)).mode & 0o077).toBe(0);
  });

  it('keeps the master key and the address of earlier ones, and shows secrets on a terminal', async () => {
    const account = createAccount({
      AURA_MASTER_KEY: 'kept',
      AURA_PUBLIC_URL: 'https://i.example',
    });
    const output = await run(account, { isTerminal: true });
    expect(account.calls).toEqual(['secret list', 'deploy --secrets-file']);
    expect(account.secrets()).toMatchObject({
      AURA_MASTER_KEY: 'kept',
      AURA_PUBLIC_URL: 'https://i.example',
    });
    expect(output).toContain('AURA_SECRET_KEY=sk_live_x');
    expect(existsSync(join(folder, 'master.key'))).toBe(false);
  });

  it('uses the master key of one that broke off', async () => {
    await writeFile(join(folder, 'master.key'), `${'ab'.repeat(32)}\n`);
    const account = createAccount(null);
    await run(account, { publicUrl: 'https://img.example' });
    expect(account.calls).toEqual(['secret list', 'deploy --secrets-file']);
    expect(account.secrets()).toMatchObject({
      AURA_MASTER_KEY: 'ab'.repeat(32),
      AURA_PUBLIC_URL: 'https://img.example',
    });
  });

  it.each([
    'You are not authenticated.',
    'Worker "auraimage" not found.',
    'Account not found. [code: 7003]',
  ])('stops when wrangler cannot say which secrets there are: %s', async (output) => {
    const account = createAccount(null);
    const calls: string[] = [];
    const wrangler: Wrangler = async (args) => {
      calls.push(args.slice(0, 2).join(' '));
      return { code: 1, output };
    };
    await expect(run(account, { wrangler })).rejects.toThrow(/npx wrangler login/);
    expect(calls).toEqual(['secret list']);
    expect(existsSync(join(folder, 'master.key'))).toBe(false);
  });

  it('stops when wrangler fails', async () => {
    const account = createAccount({});
    const wrangler: Wrangler = async (args, options) =>
      args[0] === 'deploy' ? { code: 1, output: '' } : account.wrangler(args, options);
    await expect(run(account, { wrangler })).rejects.toThrow('wrangler deploy failed');
  });
});
