import { type ChildProcess, fork, type StdioOptions } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface Program {
  readonly script: URL;
  /** Folders with the files that it may read beside its own code. */
  readonly readable: readonly string[];
}

/** What a child needs to confine itself before it becomes its program. */
export interface Confinement {
  readonly node: string;
  readonly args: readonly string[];
  /** `NAME=value` */
  readonly env: readonly string[];
  /** Files and folders. */
  readonly readable: readonly string[];
  readonly writable: readonly string[];
}

/** Exit code of a child that cannot confine itself on this system. */
export const UNSUPPORTED = 78;

const CONFINE = new URL('../dist/confine.js', import.meta.url);
/** Pixels are outside the JavaScript heap, which stays small. Warnings would hide why a child ended. */
const NODE_OPTIONS = ['--max-old-space-size=256', '--no-warnings'];
/** Files from which sharp's loader learns the C library. */
const C_LIBRARY = ['/proc/self/exe', '/usr/bin/ldd'];

/** Whether children confine themselves. The first one finds out whether the system has Landlock. */
let canConfine = process.platform === 'linux';

/**
 * Starts a process for a script. Landlock, where Linux has it, confines all of it, libvips too: it reads its own
 * code, the system's libraries and `readable`, writes to its work folder, starts no program, makes no TCP
 * connection, and reaches no other process. See also {@link permissionsOf}.
 */
export function startConfined({ script, readable }: Program): ChildProcess {
  workFolder ??= createWorkFolder();
  const program = [...NODE_OPTIONS, ...permissionsOf({ script, readable }), fileURLToPath(script)];
  // The whole environment, without the server's secrets. Few arenas make glibc return freed memory. OpenSSL would
  // read its configuration, of which nothing is used here.
  const env = { MALLOC_ARENA_MAX: '2', TMPDIR: workFolder, OPENSSL_CONF: '/dev/null' };
  const options = {
    serialization: 'advanced' as const,
    cwd: workFolder,
    env,
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'] satisfies StdioOptions,
  };
  if (!canConfine) return fork(script, { ...options, execArgv: program.slice(0, -1) });
  const confinement: Confinement = {
    node: process.execPath,
    args: program,
    // Where Node looks for the channel to the server: the descriptor is its place in `stdio`.
    env: Object.entries({
      ...env,
      NODE_CHANNEL_FD: '3',
      NODE_CHANNEL_SERIALIZATION_MODE: 'advanced',
    }).map((entry) => entry.join('=')),
    readable: [...codeOf(script), ...readable],
    writable: workFolder === '/' ? [] : [workFolder],
  };
  const child = fork(CONFINE, [JSON.stringify(confinement)], {
    ...options,
    execArgv: NODE_OPTIONS,
  });
  child.once('exit', (code) => {
    if (code === UNSUPPORTED) canConfine = false;
  });
  return child;
}

let workFolder: string | undefined;

/**
 * The folder of all children: empty, except for what libvips writes to disk while it decodes a large file. Where
 * nothing can be written, as in a container with a read-only root, it is the root folder.
 */
function createWorkFolder(): string {
  try {
    const folder = mkdtempSync(join(tmpdir(), 'aura-images-'));
    process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
    return folder;
  } catch {
    return '/';
  }
}

/**
 * Options for Node's permission model, from Node 20.12 on: JavaScript and WebAssembly read the code of the script,
 * its dependencies and `readable`, start no process and, from Node 25 on, make no connection. It does not limit libvips,
 * which is native code; and the thread of the watchdog has to be allowed, which could lift the limits for threads
 * of its own.
 */
function permissionsOf({ script, readable }: Program): string[] {
  const known = process.allowedNodeEnvironmentFlags;
  if (!known.has('--allow-addons')) return [];
  return [
    known.has('--permission') ? '--permission' : '--experimental-permission',
    '--allow-addons',
    '--allow-worker',
    ...[...codeOf(script), ...readable.map((path) => join(path, '/')), ...C_LIBRARY].map(
      (path) => `--allow-fs-read=${path}`,
    ),
  ];
}

/** Files and folders (with a slash at the end) of a script and the libraries that it may import. */
function codeOf(script: URL): string[] {
  const libraries = createRequire(script).resolve.paths('sharp') ?? [];
  return [
    fileURLToPath(new URL('./', script)),
    fileURLToPath(new URL('../package.json', script)),
    ...libraries.filter((path) => path.endsWith('node_modules')).map((path) => join(path, '/')),
  ];
}
