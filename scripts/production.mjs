import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

// Copies the files that a server needs to run into a new folder: built code, and the libraries of the lock file that
// it imports. Run after the build: node scripts/production.mjs FOLDER

const root = fileURLToPath(new URL('..', import.meta.url));
const SERVER = 'apps/node';
/** Files and folders of a workspace that its code reads at run time, if they exist. */
const PARTS = ['dist', 'migrations', 'assets'];
/** Other output of a build, which is not copied. */
const LEFTOVER = /\.tsbuildinfo$|\.test\.(?:js|d\.ts)(?:\.map)?$|\.d\.ts\.map$/;

/** @typedef {{ name: string, dependencies?: Record<string, string>, devDependencies?: unknown }} Manifest */

const [given] = process.argv.slice(2);
if (given === undefined) throw new Error('Usage: node scripts/production.mjs FOLDER');
const target = resolve(given);
if (existsSync(target) && readdirSync(target).length > 0) throw new Error(`${target} is not empty`);
if (!existsSync(join(root, SERVER, 'dist/main.js'))) throw new Error('Build first: npm run build');

const folders = neededBy(SERVER);
for (const folder of folders) {
  const { devDependencies: _unused, ...manifest } = manifestOf(folder);
  write(`${folder}/package.json`, manifest);
  for (const part of PARTS) copy(`${folder}/${part}`);
}
copy('apps/dashboard/dist');
copy('apps/docs/dist');
copy('LICENSE');
copy('.npmrc');

// The lock file is that of the whole project. `npm install` takes the versions from it and leaves out the packages of
// other workspaces. `npm ci` would also install optional peers as soon as any workspace has them.
const { name, version, type, license, engines } = manifestOf('.');
write('package.json', {
  name,
  version,
  private: true,
  type,
  license,
  engines,
  workspaces: folders,
});
copy('package-lock.json');
const install = [
  'install',
  '--omit=dev',
  '--ignore-scripts',
  '--prefer-offline',
  '--no-update-notifier',
];
execFileSync('npm', install, { cwd: target, stdio: 'inherit' });
assertLocked();

/**
 * The workspace and all workspaces that it imports.
 *
 * @param {string} folder
 */
function neededBy(folder) {
  const folderOf = new Map(
    ['packages', 'adapters'].flatMap((group) =>
      readdirSync(join(root, group))
        .filter((entry) => existsSync(join(root, group, entry, 'package.json')))
        .map((entry) => [manifestOf(`${group}/${entry}`).name, `${group}/${entry}`]),
    ),
  );
  const found = new Set([folder]);
  for (const each of found) {
    for (const library of Object.keys(manifestOf(each).dependencies ?? {})) {
      const workspace = folderOf.get(library);
      if (workspace !== undefined) found.add(workspace);
    }
  }
  return [...found];
}

/** Fails if npm resolved another version than the lock file has: the tested versions must run. */
function assertLocked() {
  const locked = lockOf(root);
  for (const [path, { version, link }] of Object.entries(lockOf(target))) {
    if (!path.includes('node_modules/') || link) continue;
    if (locked[path]?.version !== version) {
      throw new Error(`${path} is ${version}, and ${locked[path]?.version} in the lock file`);
    }
  }
}

/**
 * @param {string} folder
 * @returns {Record<string, { version?: string, link?: boolean }>}
 */
function lockOf(folder) {
  return JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8')).packages;
}

/**
 * @param {string} folder
 * @returns {Manifest & Record<string, unknown>}
 */
function manifestOf(folder) {
  return JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
}

/**
 * @param {string} path
 * @param {unknown} value
 */
function write(path, value) {
  const file = join(target, path);
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`);
}

/** @param {string} path */
function copy(path) {
  if (!existsSync(join(root, path))) return;
  const filter = (/** @type {string} */ from) => !LEFTOVER.test(from);
  cpSync(join(root, path), join(target, path), { recursive: true, filter });
}
