import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeProject } from '../../harness/projects.js';
import { removeFolder } from '../../harness/remove.js';
import { type Credentials, temporaryFolder } from '../../harness/server.js';
import { type SharedServer, sharedHost } from '../../harness/shared-server.js';
import { invite, newEmail } from './api-world.js';

/**
 * Arguments of Node for `aura`. Without V8's optimizing compiler for WebAssembly, which would compile the HTTP parser of
 * `fetch`, a command takes two thirds of the processor time.
 */
export const AURA = [
  '--liftoff-only',
  fileURLToPath(new URL('../../../apps/cli/bin/aura.js', import.meta.url)),
];

interface CliRun {
  readonly exit: number | null;
  readonly out: string;
  readonly err: string;
}

/** A user's machine with a home, an empty folder and the `aura` command. */
export interface Desk {
  readonly server: Pick<SharedServer, 'url' | 'appUrl'>;
  /** Of the user's account. */
  readonly email: string;
  readonly home: string;
  readonly folder: string;
  /** Runs `aura`; `watch` sees its output as it arrives, and may press Ctrl-C. */
  aura(argv: readonly string[], options?: AuraOptions): Promise<CliRun>;
  /** Signs in with the device flow and approves the code. */
  signIn(): Promise<CliRun>;
  /** Makes a project of the user's. */
  addProject(name: string): Promise<Credentials>;
  /** Calls the API as the dashboard does. */
  ask(method: string, path: string, body?: unknown): Promise<Response>;
  /** Puts a file into the folder. */
  put(name: string, content: Uint8Array | string): Promise<void>;
  close(): Promise<void>;
}

interface AuraOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** What standard input has; without it, it is closed. */
  readonly input?: Uint8Array;
  readonly watch?: (out: string, err: string, interrupt: () => void) => void;
}

/** A name for a project that no other file has on the shared server. */
export const newProject = (name: string) => `${name}-${randomBytes(4).toString('hex')}`;

/** A new user's, on the server that all files of this worker share. */
export async function createDesk(): Promise<Desk> {
  const server = await sharedHost();
  const { api, cookie, email } = await invite(server, server.owner, newEmail('kim'));
  const [home, folder] = [await temporaryFolder(), await temporaryFolder()];
  const ask = (method: string, path: string, body?: unknown) =>
    fetch(`${server.url}${path}`, {
      method,
      headers: {
        Origin: server.url,
        Cookie: cookie(),
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  const aura: Desk['aura'] = (argv, { env = {}, ...options } = {}) =>
    runAura(argv, folder, { HOME: home, AURA_API_URL: server.url, ...env }, options);
  return {
    server,
    email,
    home,
    folder,
    aura,
    addProject: (name) => makeProject(api, name, server.url),
    ask,
    signIn: async () => {
      let approval: Promise<Response> | undefined;
      const watch = (out: string) => {
        const userCode = /^Code: +(\S+)$/m.exec(out)?.[1];
        if (userCode === undefined) return;
        approval ??= ask('POST', '/v1/auth/device/approve', { userCode });
      };
      const result = await aura(['login'], { watch });
      if ((await approval)?.status !== 204) throw new Error('the code was not approved');
      return result;
    },
    put: async (name, content) => {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await writeFile(join(folder, name), content);
    },
    close: async () => {
      for (const path of [home, folder]) await removeFolder(path);
    },
  };
}

/** Runs `aura` in a folder, with only this environment. */
export async function runAura(
  argv: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>>,
  { input, watch = () => {} }: Omit<AuraOptions, 'env'> = {},
): Promise<CliRun> {
  const child = spawn(process.execPath, [...AURA, ...argv], {
    cwd,
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  // A command may end before it has read everything.
  child.stdin.on('error', () => {}).end(input);
  let [out, err] = ['', ''];
  let interrupted = false;
  const interrupt = () => {
    // A second Ctrl-C would prevent the cleanup.
    if (!interrupted) child.kill('SIGINT');
    interrupted = true;
  };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
    watch(out, err, interrupt);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
    watch(out, err, interrupt);
  });
  const [exit] = (await once(child, 'close')) as [number | null];
  return { exit, out, err };
}
