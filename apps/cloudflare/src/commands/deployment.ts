import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { masterKeyAt, takeSteps, writeSecret } from './take-steps.js';

/** Runs wrangler in the folder of wrangler.jsonc. */
export type Wrangler = (
  args: readonly string[],
  options?: {
    /** Standard input. */
    readonly input?: string;
    /** More environment variables. */
    readonly env?: Readonly<Record<string, string>>;
    /** Whether its output is for the operator; else it is in the result. */
    readonly shown?: boolean;
  },
) => Promise<{ readonly code: number; readonly output: string }>;

export interface DeployOptions {
  readonly wrangler: Wrangler;
  /** Where the master key and what is not shown are kept. */
  readonly folder: string;
  /** Address of the Worker, where it has a domain of its own. */
  readonly publicUrl?: string | undefined;
  readonly isTerminal: boolean;
  readonly write: (text: string) => void;
  readonly fetch?: typeof fetch;
}

/** Variables that say where the Worker is. */
const ADDRESSES = ['AURA_PUBLIC_URL', 'AURA_APP_URL'];

/**
 * Deploys the Worker. The first deployment makes the database, the bucket and the master key, and shows what `npm start`
 * shows on a first start.
 *
 * @throws {Error} if wrangler fails: it has said why
 */
export async function deploy({
  wrangler,
  folder,
  publicUrl,
  ...output
}: DeployOptions): Promise<void> {
  const { write } = output;
  const known = await secretsOf(wrangler);
  const setupToken = randomBytes(32).toString('hex');
  const secrets: Record<string, string> = { AURA_SETUP_TOKEN: setupToken };
  if (!known.has('AURA_MASTER_KEY')) {
    const path = join(folder, 'master.key');
    secrets['AURA_MASTER_KEY'] = await masterKeyAt(path);
    write(
      `# The master key is in ${path}. Keep a copy: without it, the secrets in the database are lost.\n`,
    );
  }
  if (publicUrl !== undefined) secrets['AURA_PUBLIC_URL'] = publicUrl;
  const url = await deployWith(wrangler, secrets);
  if (publicUrl === undefined && !ADDRESSES.some((name) => known.has(name))) {
    await put(wrangler, { AURA_PUBLIC_URL: url });
  }
  const { cdnUrl, appUrl } = await takeSteps({ url, setupToken, folder, ...output });
  write(`# Dashboard: ${appUrl}/dashboard\nAuraImage answers at ${cdnUrl}\n`);
}

/** The names of the Worker's secrets; none if it is not deployed yet. */
async function secretsOf(wrangler: Wrangler): Promise<ReadonlySet<string>> {
  const { code, output } = await wrangler(['secret', 'list', '--format', 'json']);
  if (code === 0) {
    const listed = JSON.parse(output.slice(output.indexOf('['))) as { readonly name: string }[];
    return new Set(listed.map(({ name }) => name));
  }
  // There is no such Worker. Any other answer must not lead to a new master key.
  if (/\[code: 10007\]/.test(output)) return new Set();
  throw new Error(`wrangler secret list failed. Are you signed in? npx wrangler login\n${output}`);
}

/** @returns the address of the Worker */
async function deployWith(
  wrangler: Wrangler,
  secrets: Readonly<Record<string, string>>,
): Promise<string> {
  const draft = await mkdtemp(join(tmpdir(), 'aura-deploy-'));
  try {
    const [secretsFile, outputFile] = [join(draft, 'secrets.json'), join(draft, 'output.json')];
    await writeSecret(secretsFile, JSON.stringify(secrets));
    const { code } = await wrangler(['deploy', '--secrets-file', secretsFile], {
      env: { WRANGLER_OUTPUT_FILE_PATH: outputFile },
      shown: true,
    });
    if (code !== 0) throw new Error('wrangler deploy failed');
    const url = addressIn(await readFile(outputFile, 'utf8'));
    if (url !== undefined) return url;
    throw new Error('wrangler deploy named no address: is "workers_dev" on, or a route set?');
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

/** wrangler writes a line of JSON for each thing that it has done. */
function addressIn(output: string): string | undefined {
  for (const line of output.trim().split('\n')) {
    const entry = JSON.parse(line) as { type?: string; targets?: readonly string[] };
    const target = entry.type === 'deploy' ? entry.targets?.find(isAddress) : undefined;
    if (target !== undefined) return new URL(target).origin;
  }
  return undefined;
}

const isAddress = (target: string): boolean => /^https:\/\/[^*]+$/.test(target);

async function put(wrangler: Wrangler, secrets: Readonly<Record<string, string>>): Promise<void> {
  const { code, output } = await wrangler(['secret', 'bulk'], { input: JSON.stringify(secrets) });
  if (code !== 0) throw new Error(`wrangler secret bulk failed\n${output}`);
}

/** The folder where the deployed Worker's secrets are kept on this machine. */
export const secretsFolder = (): string => resolve('aura-cloudflare');

/** The program of a folder, which may be the pinned wrangler. */
export function createWrangler(program: string, cwd: string): Wrangler {
  return (args, { input, env = {}, shown = false } = {}) =>
    new Promise((done, reject) => {
      const out = shown ? 'inherit' : 'pipe';
      const child = spawn(process.execPath, [program, ...args], {
        cwd,
        env: { ...process.env, ...env },
        stdio: [input === undefined ? 'inherit' : 'pipe', out, out],
      });
      let output = '';
      for (const stream of [child.stdout, child.stderr]) {
        stream?.setEncoding('utf8').on('data', (text: string) => {
          output += text;
        });
      }
      child.stdin?.end(input);
      child.once('error', reject);
      child.once('close', (code) => done({ code: code ?? 1, output }));
    });
}
