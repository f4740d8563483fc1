import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { constants } from 'node:os';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

// `npm run build` runs every step. `npm start`, and `node scripts/build.mjs --if-needed`, run them only if something has
// changed since the last build, which leaves a stamp: what it read, by content, and what it wrote. `npm start` leaves the
// steps out that only a Worker needs.

/**
 * @typedef {object} Step
 * @property {string} doing is shown
 * @property {readonly string[]} commands run at the same time
 * @property {boolean} [isForWorker] the server on Node does not need it
 */
/** @typedef {{ sources: string, outputs: Record<string, string>, lacksWorker?: boolean }} Stamp */

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** @type {readonly Step[]} */
const STEPS = [
  {
    doing: 'compiling',
    commands: ['npm run --silent compile && node scripts/registry.mjs'],
  },
  {
    doing: 'bundling the dashboard, the documentation and the aura command',
    commands: ['apps/dashboard', 'apps/docs', 'apps/cli'].map(
      (folder) => `npm run --silent --workspace ${folder} build`,
    ),
  },
  { doing: 'packing the packages for apps', commands: ['node scripts/packages.mjs'] },
  { doing: 'bundling the Worker', commands: ['node apps/cloudflare/build.mjs'], isForWorker: true },
];

const STAMP = 'node_modules/.cache/auraimage/build.json';
/** Folders with workspaces. */
const GROUPS = ['packages', 'adapters', 'apps'];
/** What the build reads, besides the files of the root folder and the installed packages. */
export const SOURCES = [
  ...GROUPS,
  'scripts',
  'docs',
  'deploy',
  'examples',
  'tests/vectors',
  '.changeset',
];
/** Of the root folder: manifests, settings of the compiler, documents. */
const ROOT_FILE = /\.(?:json|md)$|^LICENSE$|^\.npmrc$/;
/** Here, npm notes which version of which package is installed. */
const INSTALLED = 'node_modules/.package-lock.json';
/** Written by the build, by npm or by checks. Git ignores them too, but for the last. */
const NO_SOURCE =
  /^(?:node_modules|dist|\.next|types|\.tanstack|generated|route-tree\.gen\.ts)$|\.tgz$/;

/** A build that takes longer says so. */
const QUIET_MS = 1000;

/** A step failed. Its output is on standard error. */
export class BuildError extends Error {
  /** @override */
  name = 'BuildError';
  /** @param {{ code: number | null, signal: NodeJS.Signals | null }} end of the step */
  constructor({ code, signal }) {
    super('The build failed');
    this.exitCode = signal === null ? (code ?? 1) : 128 + constants.signals[signal];
  }
}

/**
 * The build of a folder. Its functions reject with a {@link BuildError}.
 *
 * @param {string} root
 * @param {readonly Step[]} steps
 * @param {{ withWorker?: boolean }} [options] without the Worker, its steps wait for a build that has it
 */
export function createBuild(root = ROOT, steps = STEPS, { withWorker = true } = {}) {
  const stampFile = join(root, STAMP);

  /** @param {readonly Step[]} due */
  async function build(due = steps.filter(({ isForWorker }) => withWorker || !isForWorker)) {
    const { stamp, sources, isSame, isWhole, isIntact } = compareWithStamp();
    // The compiler compares sources with its own notes, and does not look at the files that it wrote.
    if (!isWhole || (isSame && !isIntact)) removeCompilerNotes();
    // A build that fails is no build. What changes meanwhile is built the next time: `sources` is from before it.
    writeStamp({ sources: '', outputs: stamp?.outputs ?? {} });
    const progress = createProgress();
    try {
      for (const { doing, commands } of due) {
        progress.show(doing);
        await runAll(commands, root);
      }
    } finally {
      progress.end();
    }
    writeStamp({ sources, outputs: listOutputs(), lacksWorker: !withWorker });
  }

  /** Builds unless the last build had the same sources and its output is as it left it; then, what that one left out. */
  async function buildIfNeeded() {
    const { stamp, isSame, isIntact } = compareWithStamp();
    if (!isSame || !isIntact) await build();
    else if (withWorker && stamp?.lacksWorker)
      await build(steps.filter(({ isForWorker }) => isForWorker));
  }

  /** Compares what is there now with what the last build read and wrote. */
  function compareWithStamp() {
    const stamp = readStamp();
    const sources = fingerprintSources();
    const outputs = listOutputs();
    const before = Object.entries(stamp?.outputs ?? {});
    return {
      stamp,
      sources,
      isSame: stamp?.sources === sources,
      isWhole: stamp !== undefined && before.every(([path]) => path in outputs),
      isIntact: before.every(([path, mark]) => outputs[path] === mark),
    };
  }

  /** Content of everything that the build reads. */
  function fingerprintSources() {
    const hash = createHash('sha256');
    const rootFiles = readdirSync(root).filter((name) => ROOT_FILE.test(name));
    const files = SOURCES.flatMap((folder) => filesIn(join(root, folder), NO_SOURCE));
    for (const path of [...rootFiles.toSorted(), INSTALLED, ...files.map(nameOf)]) {
      const file = join(root, path);
      const bytes = existsSync(file) ? readFileSync(file) : '';
      hash.update(`${path}\0${bytes.length}\0`).update(bytes);
    }
    return hash.digest('hex');
  }

  /** What a build writes, each file with size and time. */
  function listOutputs() {
    const files = workspaces().flatMap((folder) => filesIn(join(folder, 'dist')));
    return Object.fromEntries(
      files.map((file) => {
        const { size, mtimeMs } = statSync(file);
        return [nameOf(file), `${size} ${mtimeMs}`];
      }),
    );
  }

  function removeCompilerNotes() {
    for (const folder of workspaces()) {
      for (const output of ['dist', 'types']) {
        rmSync(join(folder, output, '.tsbuildinfo'), { force: true });
      }
    }
  }

  function workspaces() {
    const groups = GROUPS.map((group) => join(root, group)).filter(existsSync);
    return groups.flatMap((group) => readdirSync(group).map((name) => join(group, name)));
  }

  /** @param {string} file */
  function nameOf(file) {
    return relative(root, file).replaceAll(sep, '/');
  }

  /** @returns {Stamp | undefined} nothing before the first build */
  function readStamp() {
    try {
      return JSON.parse(readFileSync(stampFile, 'utf8'));
    } catch {
      return undefined;
    }
  }

  /** @param {Stamp} stamp */
  function writeStamp(stamp) {
    const draft = `${stampFile}.${process.pid}`;
    mkdirSync(dirname(stampFile), { recursive: true });
    writeFileSync(draft, JSON.stringify(stamp));
    renameSync(draft, stampFile);
  }

  return { build, buildIfNeeded };
}

/**
 * Files of a folder and of those in it, sorted.
 *
 * @param {string} folder
 * @param {RegExp} [ignored] names
 * @returns {string[]}
 */
function filesIn(folder, ignored) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => !ignored?.test(name))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? filesIn(path, ignored) : [path];
    });
}

/**
 * Runs commands at the same time, each to its end. Rejects if one of them failed.
 *
 * @param {readonly string[]} commands
 * @param {string} cwd
 */
async function runAll(commands, cwd) {
  const ends = await Promise.allSettled(commands.map((command) => run(command, cwd)));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
}

/**
 * Runs a command. A signal to this process ends it with all that it has started.
 *
 * @param {string} command
 * @param {string} cwd
 * @returns {Promise<void>}
 */
function run(command, cwd) {
  return new Promise((resolve, reject) => {
    const hasGroups = process.platform !== 'win32';
    const child = spawn(command, {
      cwd,
      shell: true,
      detached: hasGroups,
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    const stop = (/** @type {NodeJS.Signals} */ signal) => {
      if (child.pid !== undefined) process.kill(hasGroups ? -child.pid : child.pid, signal);
    };
    /** @type {readonly NodeJS.Signals[]} */
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
    for (const signal of signals) process.on(signal, stop);
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      for (const each of signals) process.off(each, stop);
      if (code === 0) resolve();
      else reject(new BuildError({ code, signal }));
    });
  });
}

/** Shows on standard error what a build is doing, once it has taken a second. */
function createProgress() {
  const { stderr } = process;
  const started = performance.now();
  let doing = '';
  let shown = '';
  const show = () => {
    const seconds = Math.floor((performance.now() - started) / 1000);
    if (stderr.isTTY) stderr.write(`\r\x1b[KBuilding: ${doing} (${seconds} s)`);
    else if (shown !== doing) stderr.write(`Building: ${doing}\n`);
    shown = doing;
  };
  const timer = setInterval(show, QUIET_MS);
  return {
    /** @param {string} step */
    show(step) {
      doing = step;
      if (shown !== '') show();
    },
    end() {
      clearInterval(timer);
      if (shown !== '' && stderr.isTTY) stderr.write('\r\x1b[K');
    },
  };
}

/** @param {unknown} error */
export function exitAfterBuild(error) {
  if (!(error instanceof BuildError)) throw error;
  process.exit(error.exitCode);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { build, buildIfNeeded } = createBuild();
  const isForced = !process.argv.includes('--if-needed');
  await (isForced ? build() : buildIfNeeded()).catch(exitAfterBuild);
}
