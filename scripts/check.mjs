import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { setPriority } from 'node:os';
import { basename, delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * @typedef {{ name: string, command: string, env?: Record<string, string> }} Step
 * @typedef {{ name: string, ok: boolean, seconds: number, output: string }} StepResult
 * @typedef {{ passed: number, failed: number }} Counts
 */

export const root = fileURLToPath(new URL('..', import.meta.url));

/** Priority below that of tests (nice): checks use the time in which tests wait. */
const BESIDE_TESTS = 10;

/** All other steps read its output. @type {Step} */
const build = { name: 'build', command: 'npm run --silent build' };

/** The longest first, so that the lanes end at about the same time. @type {readonly Step[]} */
const steps = [
  // More checkers take more CPU time than they save beside the tests.
  { name: 'types of tests', command: 'tsc -p tsconfig.tests.json --checkers 1' },
  ...publishedWorkspaces().flatMap((folder) => {
    // The shell finds its only version, which the build determines.
    const tarball = `apps/node/dist/packages/${basename(folder)}-*.tgz`;
    // A style sheet has no types to check.
    const attw = `attw ${tarball} --profile esm-only --no-definitely-typed --exclude-entrypoints styles.css`;
    return [
      { name: `attw ${folder}`, command: attw },
      { name: `publint ${folder}`, command: `publint run ${tarball} --strict` },
    ];
  }),
  { name: 'types of scripts', command: 'tsc -p tsconfig.scripts.json --checkers 1' },
  { name: 'unused code (knip)', command: 'knip --no-progress --treat-config-hints-as-errors' },
  { name: 'layers (dependency-cruiser)', command: `depcruise ${sourceFolders().join(' ')}` },
  { name: 'lint and format (biome)', command: 'biome ci --colors=off --error-on-warnings .' },
  { name: 'bundles', command: 'node scripts/check-bundles.mjs' },
  { name: 'docs', command: 'node scripts/check-docs.mjs' },
  { name: 'links (markdownlint)', command: 'markdownlint-cli2' },
  { name: 'examples of READMEs', command: 'node scripts/check-readmes.mjs' },
];

/**
 * Builds the workspace.
 *
 * @returns {Promise<Counts>}
 */
export async function runBuild() {
  return count([report(await run(build))]);
}

/**
 * Runs every check of a built workspace and prints a line for each. Only a failed one shows its output.
 *
 * @param {number} lanes number of concurrent checks; each is a separate process
 * @param {{ besideTests?: boolean }} [options]
 * @returns {Promise<Counts>}
 */
export async function runChecks(lanes, { besideTests = false } = {}) {
  /** @type {StepResult[]} */
  const results = [];
  const waiting = [...steps];
  const lane = async () => {
    for (let step = waiting.shift(); step; step = waiting.shift()) {
      results.push(report(await run(step, besideTests ? BESIDE_TESTS : 0)));
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return count(results);
}

/**
 * @param {readonly StepResult[]} results
 * @returns {Counts}
 */
function count(results) {
  const passed = results.filter(({ ok }) => ok).length;
  return { passed, failed: results.length - passed };
}

/**
 * @param {Step} step
 * @param {number} [niceness]
 * @returns {Promise<StepResult>}
 */
function run({ name, command, env = {} }, niceness = 0) {
  const started = performance.now();
  /** @type {Buffer[]} */
  const chunks = [];
  return new Promise((resolve) => {
    const end = (/** @type {boolean} */ ok) =>
      resolve({
        name,
        ok,
        seconds: (performance.now() - started) / 1000,
        output: Buffer.concat(chunks).toString().trim(),
      });
    const child = spawn(command, {
      cwd: root,
      shell: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env,
        PATH: join(root, 'node_modules/.bin') + delimiter + process.env['PATH'],
        ...env,
      },
    });
    if (niceness > 0 && child.pid !== undefined) setPriority(child.pid, niceness);
    child.stdout.on('data', (chunk) => chunks.push(chunk));
    child.stderr.on('data', (chunk) => chunks.push(chunk));
    child.on('error', (error) => {
      chunks.push(Buffer.from(String(error)));
      end(false);
    });
    child.on('close', (code) => end(code === 0));
  });
}

/** @param {StepResult} result */
function report(result) {
  const { name, ok, seconds, output } = result;
  console.log(`check: ${name.padEnd(32)} ${ok ? 'ok    ' : 'FAILED'} ${seconds.toFixed(1)} s`);
  if (!ok) console.log(`${output.replace(/^/gm, '  ')}\n`);
  return result;
}

/** Folders of the published workspaces: those that are not private. */
export function publishedWorkspaces() {
  return ['packages', 'adapters', 'apps', 'examples']
    .flatMap((group) => readdirSync(join(root, group)).map((name) => `${group}/${name}`))
    .filter((folder) => {
      const manifest = join(root, folder, 'package.json');
      return existsSync(manifest) && JSON.parse(readFileSync(manifest, 'utf8')).private !== true;
    });
}

/** Changesets that no release has used up yet. */
export function pendingChangesets() {
  return readdirSync(join(root, '.changeset')).filter(
    (name) => name.endsWith('.md') && name !== 'README.md',
  );
}

/** Existing folders with code whose imports are checked. */
function sourceFolders() {
  const workspaces = ['packages', 'adapters', 'apps'].flatMap((group) =>
    readdirSync(join(root, group)).map((name) => `${group}/${name}/src`),
  );
  return [...workspaces, 'tests', 'bench', 'scripts', 'examples'].filter((folder) =>
    existsSync(join(root, folder)),
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const built = await runBuild();
  const checked = await runChecks(2);
  process.exitCode = built.failed + checked.failed > 0 ? 1 : 0;
}
