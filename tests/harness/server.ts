import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants, cpSync } from 'node:fs';
import { mkdtemp, readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AuraImage } from '@auraimage/sdk';
import { launchProcess } from './launch.js';
import { launchWorker } from './local-worker.js';
import { BUILT, isWorker, preparedData, programOf, WORKER } from './program.js';
import { removeFolder } from './remove.js';

/** The four settings that a project's owner gets. */
export interface Credentials {
  readonly secretKey: string;
  readonly serveSecret: string;
  readonly projectName: string;
  readonly cdnUrl: string;
}

/** A real server in its own process, known only by its output, the files that it names, and its responses. */
export interface TestServer {
  readonly url: string;
  /** Base URL of the dashboard and the API, without a trailing slash. */
  readonly appUrl: string;
  /** The set-up link of this start; empty if there is an account. */
  readonly setupUrl: string;
  readonly dataDir: string;
  readonly process: ChildProcess;
  /** Of the project that the first start created; empty after a restart. */
  readonly credentials: Credentials;
  readonly aura: AuraImage;
  /** Links of the first start's sample image. */
  readonly sample: { readonly unsigned: string; readonly signed: string };
  /** Everything on standard error so far: the log. */
  readonly log: () => string;
  /** Everything on standard output so far. */
  readonly output: () => string;
  /** What this start wrote to the files that its output names. */
  readonly secrets: string;
  /** SIGTERM, then the exit code. */
  stop(): Promise<number | null>;
  /** SIGKILL, also to the processes that it started. */
  kill(): Promise<void>;
  /** The same at once, for the end of this process. */
  killNow(): void;
}

export interface TestServerOptions {
  /** Data folder, kept afterwards; without it, a temporary one is used. */
  readonly dataDir?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Prefix of the command, such as `unshare …`. */
  readonly wrap?: readonly string[];
  /** Path of another version of Node than the one that runs the tests. */
  readonly node?: string;
  /** The program as it is shipped, where its files or its start are the subject; else `bundled`. */
  readonly program?: 'bundled' | 'built';
  /** Credentials of an earlier start on the same folder. */
  readonly credentials?: Credentials;
  /**
   * Whether a kept variant that is read again is encoded again with more effort, while the server is idle. By default it
   * keeps its bytes and its `ETag`, unless the program is `built`.
   */
  readonly encodesAgain?: boolean;
  /** Other bounds than those of the product, which a test would not reach soon. Needs {@link takesBounds}. */
  readonly bounds?: Bounds;
  /** Whether to hash a password takes as long as it does in the product. */
  readonly slowHashes?: boolean;
  /** The first start is the subject: an empty data folder stays empty. Else it gets what a first start makes. */
  readonly isFirst?: boolean;
}

/** What no setting of apps/node sets: its Bounds. Counts are those of one process. */
interface Bounds {
  readonly cacheMemoryBytes?: number;
  readonly drainSeconds?: number;
  readonly idleSeconds?: number;
  readonly maxConcurrentUploads?: number;
  readonly maxConnections?: number;
  readonly maxVariantsPerImage?: number;
  readonly uploadSeconds?: number;
  readonly uploadsPerProject?: number;
}

/** Settings with which a first start keeps its data elsewhere or differently. */
const OWN_START = ['AURA_DATABASE_URL', 'AURA_STORAGE', 'AURA_MASTER_KEY', 'AURA_PROJECT_QUOTA'];

/** Whether the program of the tests takes other bounds than the product's: the bundled one of apps/node does. */
export function takesBounds(program?: TestServerOptions['program']): boolean {
  return !isWorker() && programOf(program) !== BUILT;
}

/**
 * Starts the server on a free port and waits until it says that it listens: that of apps/node, or in the project
 * `cloudflare`, the Worker of apps/cloudflare in workerd.
 */
export async function startTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  if (options.bounds && !takesBounds(options.program)) {
    throw new Error('only the bundled program takes other bounds');
  }
  const dataDir = options.dataDir ?? (await temporaryFolder());
  const prepared = await prepare(dataDir, options);
  const env = { PORT: '0', AURA_DATA_DIR: dataDir, ...options.env };
  const running =
    isWorker() && options.program !== 'built'
      ? launchWorker(env, options.slowHashes)
      : launchProcess(commandOf(options), { ...switchesOf(options), ...env });
  const url = await running.url.catch(async (error: unknown) => {
    await running.end('SIGKILL');
    if (options.dataDir === undefined) await removeFolder(dataDir);
    throw error;
  });
  const output = running.output();
  // A command may have mounts of its own.
  const shown = await secretsOf(output, options.wrap && `/proc/${running.process?.pid}/root`);
  const { AURA_CDN_URL, AURA_PUBLIC_URL } = options.env ?? {};
  const cdnUrl = (AURA_CDN_URL ?? AURA_PUBLIC_URL ?? url).replace(/\/$/, '');
  const secrets = prepared.replaceAll(/^((?:\w+=)?)https?:\/\/[^/\s]+/gm, `$1${cdnUrl}`) + shown;
  const credentials = options.credentials
    ? { ...options.credentials, cdnUrl: url }
    : parseEnvBlock(secrets);
  const [unsigned = '', signed = ''] = secrets.match(/^https?:\/\/\S+$/gm) ?? [];
  const appUrl = /^# Dashboard: (\S+)\/dashboard$/m.exec(output)?.[1] ?? url;
  const setupUrl = /^# Make your account: (\S+)$/m.exec(secrets)?.[1] ?? '';
  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    const code = await running.end(signal);
    if (options.dataDir === undefined) await removeFolder(dataDir);
    return code;
  };
  return {
    url,
    appUrl,
    setupUrl,
    dataDir,
    credentials,
    aura: new AuraImage(credentials),
    sample: { unsigned, signed },
    log: running.log,
    output: running.output,
    secrets,
    get process() {
      if (running.process === undefined) throw new Error('the Worker has no process of its own');
      return running.process;
    },
    stop: () => end('SIGTERM'),
    kill: async () => {
      await end('SIGKILL');
    },
    killNow: running.killNow,
  };
}

function commandOf({ wrap = [], node, program }: TestServerOptions): readonly string[] {
  return [...wrap, node ?? process.execPath, isWorker() ? WORKER : programOf(program)];
}

/** What the bundled program takes from the environment beside its settings. */
function switchesOf({ encodesAgain, slowHashes, bounds }: TestServerOptions) {
  return {
    ...(encodesAgain ? {} : { ONE_EFFORT: 'true' }),
    ...(slowHashes ? {} : { QUICK_HASHES: 'true' }),
    ...(bounds && { BOUNDS: JSON.stringify(bounds) }),
  };
}

/**
 * Gives an empty data folder what a first start makes, so that the server starts in a third of the time.
 *
 * @returns what the first start wrote; empty if there is none, or another one
 */
async function prepare(dataDir: string, options: TestServerOptions): Promise<string> {
  const prepared = options.program === 'built' ? undefined : preparedData();
  const isOther = Object.keys(options.env ?? {}).some((name) => OWN_START.includes(name));
  if (prepared === undefined || options.isFirst || isOther || options.credentials || options.wrap)
    return '';
  const kept = options.dataDir === undefined ? [] : await readdir(dataDir).catch(() => []);
  if (kept.length > 0) return '';
  // The asynchronous copy of these few files takes four times as much processor time.
  cpSync(prepared, dataDir, { recursive: true, mode: constants.COPYFILE_FICLONE });
  return readFile(join(prepared, 'first-start.txt'), 'utf8');
}

/**
 * The text of every file that the output of a start names.
 *
 * @param root of the server's file system
 */
export async function secretsOf(output: string, root = ''): Promise<string> {
  const named = [...output.matchAll(/ (?:is|are) in (\/\S+\.txt)$/gm)].map(([, path = '']) => path);
  const texts = [...new Set(named)].map((path) => readFile(`${root}${path}`, 'utf8'));
  return (await Promise.all(texts)).join('\n');
}

/** Creates another project with `aura-server seed`, which needs no running server; `addProject` does it in less time. */
export async function seedProject(
  dataDir: string,
  cdnUrl: string,
  ...args: readonly string[]
): Promise<Credentials> {
  return parseEnvBlock(await runCommand({ dataDir, url: cdnUrl }, 'seed', ...args));
}

/** Resets a password with `aura-server reset-password`, beside the running server. @returns the link */
export async function resetPassword(
  { dataDir, appUrl: url }: Pick<TestServer, 'dataDir' | 'appUrl'>,
  email: string,
  ...options: readonly string[]
): Promise<string> {
  const output = await runCommand({ dataDir, url }, 'reset-password', email, ...options);
  return /^https?:\S+$/m.exec(output)?.[0] ?? '';
}

/** What `aura-server people` prints, beside the running server. */
export function printedPeople({
  dataDir,
  appUrl: url,
}: Pick<TestServer, 'dataDir' | 'appUrl'>): Promise<string> {
  return runCommand({ dataDir, url }, 'people');
}

/** Runs a command of `aura-server` on the data of a server with this public URL. @returns its output */
async function runCommand(
  { dataDir, url }: { readonly dataDir: string; readonly url: string },
  ...args: readonly string[]
): Promise<string> {
  const child = spawn(process.execPath, [programOf(), ...args], {
    env: { PATH: process.env['PATH'], AURA_DATA_DIR: dataDir, AURA_PUBLIC_URL: url },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const [code] = (await once(child, 'close')) as [number | null];
  if (code === 0) return output;
  throw new Error(`${args[0]} ended with code ${code}\n${output}`);
}

export function temporaryFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'aura-test-'));
}

/** Parses the settings that the server prints for a project's owner. */
export function parseEnvBlock(output: string): Credentials {
  const line = (name: string): string => {
    const value = new RegExp(`^${name}=(\\S+)$`, 'm').exec(output)?.[1];
    if (value === undefined) throw new Error(`${name} was not printed:\n${output}`);
    return value;
  };
  return {
    secretKey: line('AURA_SECRET_KEY'),
    serveSecret: line('AURA_SERVE_SECRET'),
    projectName: line('NEXT_PUBLIC_AURA_PROJECT_NAME'),
    cdnUrl: line('NEXT_PUBLIC_AURA_CDN_URL'),
  };
}
