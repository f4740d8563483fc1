import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdtemp, readdir, readFile, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type BuildOptions, build, type Plugin } from 'esbuild';
import type { TestProject } from 'vitest/node';
import { BUILT, PREPARED } from './program.js';
import { removeFolder } from './remove.js';

const MAIN = fileURLToPath(new URL('bundled-main.mjs', import.meta.url));
const IMAGE_PROCESS = fileURLToPath(
  new URL('../../adapters/imaging-sharp/dist/worker.js', import.meta.url),
);

declare module 'vitest' {
  interface ProvidedContext {
    /** The server's program in one file, made from the build when the run starts. */
    readonly bundledServer?: string;
  }
}

/** The bundle of this run, for every project that names this file: vitest loads it for each anew. */
interface Shared {
  bundle?: Promise<Bundle>;
  users: number;
}
const everywhere = globalThis as { auraBundle?: Shared };
everywhere.auraBundle ??= { users: 0 };
const shared = everywhere.auraBundle;

interface Bundle {
  readonly program: string;
  remove(): Promise<void>;
}

/**
 * Bundles the built server. A start from the build loads 800 files, which takes 0.4 s of the 0.65 s of
 * processor time that it takes: too much for hundreds of starts. A code cache takes off another 0.1 s.
 */
export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  shared.users++;
  shared.bundle ??= bundle();
  const { program, remove } = await shared.bundle;
  provide('bundledServer', program);
  return async () => {
    shared.users--;
    if (shared.users === 0) await remove();
  };
}

async function bundle(): Promise<Bundle> {
  const folder = await mkdtemp(join(tmpdir(), 'aura-server-'));
  const shared: BuildOptions = {
    bundle: true,
    platform: 'node',
    target: 'node20',
    keepNames: true, // names of errors are logged
    plugins: [nativeModules, ownModules],
    logLevel: 'warning',
  };
  await build({
    ...shared,
    entryPoints: [BUILT],
    outfile: join(folder, 'server.cjs'),
    format: 'cjs',
    supported: { 'dynamic-import': false }, // a script has `require` alone
  });
  await build({
    ...shared,
    entryPoints: [IMAGE_PROCESS],
    outfile: join(folder, 'image-process.mjs'),
    format: 'esm',
  });
  const program = join(folder, 'main.mjs');
  await copyFile(MAIN, program);
  const stopRecording = recordCode(program, join(folder, 'recording'));
  await prepareData(program, join(folder, PREPARED));
  return {
    program,
    async remove() {
      await stopRecording();
      await removeFolder(folder);
    },
  };
}

/** Makes a data folder as a first start leaves it: its migrations, keys and sample image take 0.4 s of processor time. */
async function prepareData(program: string, dataDir: string): Promise<void> {
  const child = spawn(process.execPath, [program], {
    env: { PATH: process.env['PATH'], PORT: '0', AURA_DATA_DIR: dataDir },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    if (output.includes('AuraImage listens on')) child.kill('SIGTERM');
  });
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`the first start ended with code ${code}\n${output}`);
  // Most of the folders for masters are empty, and made again at the next start.
  const objects = join(dataDir, 'store/objects');
  for (const name of await readdir(objects)) {
    const folder = join(objects, name);
    if ((await readdir(folder)).length === 0) await rmdir(folder);
  }
}

/** Makes the code cache beside the tests: a server that starts before it is there takes longer. */
function recordCode(program: string, dataDir: string): () => Promise<void> {
  const child = spawn(process.execPath, [program], {
    env: {
      PATH: process.env['PATH'],
      PORT: '0',
      AURA_DATA_DIR: dataDir,
      RECORD_CODE: 'true',
    },
    stdio: 'ignore',
  });
  const ended = new Promise<void>((resolve) => {
    child.once('error', () => resolve());
    child.once('exit', () => resolve());
  });
  return async () => {
    child.kill('SIGKILL');
    await ended;
  };
}

/** They look for their binaries, and for a library, beside their own files: the bundles load them from there. */
const EXTERNAL = /^(?:sharp|@photostructure\/sqlite|\.\/decode-jxl\.js)$/;
const nativeModules: Plugin = {
  name: 'native-modules',
  setup({ onResolve, resolve }) {
    onResolve({ filter: EXTERNAL }, async ({ path, ...from }) => {
      if (from.pluginData === 'resolved') return undefined;
      const { resolveDir, importer } = from;
      const kind = 'require-call';
      const found = await resolve(path, { resolveDir, kind, importer, pluginData: 'resolved' });
      return { path: found.path, external: true, errors: found.errors };
    });
  },
};

/**
 * A module finds files beside it: in the bundle it keeps the address that it has in the build. The main program starts
 * itself anew as a worker: it has the address of the bundle's main program.
 */
const ownModules: Plugin = {
  name: 'own-modules',
  setup({ onLoad }) {
    onLoad({ filter: /\.m?js$/ }, async ({ path }) => {
      const text = await readFile(path, 'utf8');
      const changes = CHANGES.filter(([file]) => path.endsWith(file));
      const isMain = path === BUILT;
      if (!isMain && changes.length === 0 && !text.includes('import.meta.url')) return undefined;
      const address = isMain ? 'mainUrl' : JSON.stringify(pathToFileURL(path).href);
      const contents = changes.reduce(changed, text.replace(/^#!.*/, ''));
      return { contents: contents.replaceAll('import.meta.url', address), loader: 'js' };
    });
  },
};

/**
 * How the bundle differs from the build, which `program: 'built'` starts. An image process starts for the first image, not
 * with the server, and without Landlock, for which it starts twice: both take 0.2 s of processor time. It is a bundle too,
 * without the thread that watches the server and without Node's permissions: 0.08 s instead of 0.15 s. With ONE_EFFORT,
 * variants stay as they were made; with QUICK_HASHES, to hash a password takes no time; BOUNDS has other values of what
 * nobody sets. It waits for no disk: what it has written outlives its process, and no test cuts the power. A library that
 * asks for the runtime of Workers would load `fetch`, which takes 0.02 s of processor time from every command.
 */
const CHANGES: readonly (readonly [file: string, built: string, bundled: string])[] = [
  [
    'node/dist/config/bounds.js',
    'return bounds;',
    "return { ...bounds, ...JSON.parse(process.env['BOUNDS'] ?? '{}') };",
  ],
  ['imaging-sharp/dist/engine.js', 'ordinary.warm();', ''],
  [
    'imaging-sharp/dist/engine.js',
    'thoroughFormats: THOROUGH_FORMATS',
    "thoroughFormats: process.env['ONE_EFFORT'] ? new Set() : THOROUGH_FORMATS",
  ],
  [
    'imaging-sharp/dist/confinement.js',
    "let canConfine = process.platform === 'linux';",
    'let canConfine = false;',
  ],
  ['imaging-sharp/dist/confinement.js', "if (!known.has('--allow-addons'))", 'if (true)'],
  [
    'imaging-sharp/dist/engine.js',
    "new URL('../dist/worker.js', import.meta.url)",
    "new URL('image-process.mjs', mainUrl)",
  ],
  [
    'imaging-sharp/dist/worker.js',
    "import { Worker } from 'node:worker_threads';",
    'const Worker = function () { return { unref() {}, once: (_, ready) => setImmediate(ready) }; };',
  ],
  [
    '@better-auth/utils/dist/password.node.mjs',
    'N: 16384',
    "N: process.env['QUICK_HASHES'] ? 16 : 16384",
  ],
  ['records-sql/dist/sqlite/connection.js', 'synchronous = FULL', 'synchronous = OFF'],
  ['pg/lib/stream.js', "typeof Response === 'function'", 'false'],
  ['objects-fs/dist/draft.js', 'orFull(file.sync())', 'undefined'],
  ['objects-fs/dist/folders.js', 'await folder.sync();', ''],
];

function changed(text: string, [file, built, bundled]: (typeof CHANGES)[number]): string {
  if (!text.includes(built)) throw new Error(`${file} has no "${built}" any more`);
  return text.replace(built, bundled);
}
