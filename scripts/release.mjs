import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { pendingChangesets, publishedWorkspaces, root } from './check.mjs';

// Releases the published packages: uses the changesets up for versions and changelogs, commits them, builds and checks
// everything, publishes each tarball that the registry lacks, with provenance, and tags it. What was interrupted goes
// on with the next run. `npm run release -- --dry-run` shows what it would do with the present build, and changes nothing.

const TARBALLS = join(root, 'apps/node/dist/packages');
const isDryRun = process.argv.includes('--dry-run');

const obstacles = [
  ...(outputOf('git', ['status', '--porcelain']) === '' ? [] : ['The working tree has changes']),
  // npm signs a provenance statement only with the identity that such a job has.
  ...(process.env['ACTIONS_ID_TOKEN_REQUEST_URL'] || process.env['SIGSTORE_ID_TOKEN']
    ? []
    : ['Provenance needs a job with an identity: GitHub Actions with id-token: write, or GitLab']),
  ...publishedWorkspaces()
    .filter((folder) => manifestOf(join(root, folder)).repository === undefined)
    .map(
      (folder) => `${folder}/package.json has no "repository", which provenance is checked against`,
    ),
];

if (isDryRun) {
  showPlan();
} else if (obstacles.length > 0) {
  console.error(obstacles.join('\n'));
  process.exitCode = 1;
} else {
  release();
}

function release() {
  if (pendingChangesets().length > 0) {
    run('npx', ['changeset', 'version']);
    run('npm', ['install', '--package-lock-only', '--ignore-scripts']);
    run('git', ['add', '--all']);
    run('git', ['commit', '--message', 'Version the packages']);
  }
  run('npm', ['run', 'check']);
  for (const { name, version, file } of packages()) {
    const id = `${name}@${version}`;
    if (isPublished(id)) console.log(`${id} is published already`);
    else publish(file);
    // Annotated: `--follow-tags` pushes no others.
    if (outputOf('git', ['tag', '--list', id]) === '') run('git', ['tag', '--message', id, id]);
  }
  console.log('Now push: git push --follow-tags');
}

function showPlan() {
  console.log(`Changesets: ${pendingChangesets().length}`);
  for (const { name, from, to } of nextVersions()) console.log(`${name}: ${from} -> ${to}`);
  for (const { file } of packages()) publish(file, ['--dry-run']);
  for (const obstacle of obstacles) console.log(`It would refuse: ${obstacle}`);
}

/**
 * @param {string} file
 * @param {readonly string[]} options
 */
function publish(file, options = []) {
  // The tag is explicit: else npm compares with what the registry has under this name, and refuses pre-releases.
  const how = ['--access', 'public', '--tag', 'latest', '--provenance', ...options];
  run('npm', ['publish', join(TARBALLS, file), ...how]);
}

/** @returns {readonly { name: string, version: string, file: string }[]} */
function packages() {
  return JSON.parse(readFileSync(join(TARBALLS, 'index.json'), 'utf8'));
}

/** What `changeset version` does to the published packages, found in a copy of the manifests. */
function nextVersions() {
  const copy = mkdtempSync(join(tmpdir(), 'aura-release-'));
  try {
    const groups = ['packages', 'adapters', 'apps', 'examples'];
    const manifests = groups
      .flatMap((group) => readdirSync(join(root, group)).map((name) => join(group, name)))
      .map((folder) => join(folder, 'package.json'))
      .filter((file) => existsSync(join(root, file)));
    for (const file of ['package.json', 'package-lock.json', '.changeset', ...manifests]) {
      cpSync(join(root, file), join(copy, file), { recursive: true });
    }
    const changeset = join(root, 'node_modules/@changesets/cli/bin.js');
    outputOf(process.execPath, [changeset, 'version'], copy);
    return publishedWorkspaces().map((folder) => {
      const { name, version: from } = manifestOf(join(root, folder));
      return { name, from, to: manifestOf(join(copy, folder)).version };
    });
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

/** @param {string} id */
function isPublished(id) {
  try {
    return outputOf('npm', ['view', id, 'version']) !== '';
  } catch {
    return false; // npm fails for a name that the registry does not have
  }
}

/** @param {string} folder */
function manifestOf(folder) {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
}

/**
 * @param {string} command
 * @param {readonly string[]} args
 */
function run(command, args) {
  console.log(
    `$ ${command} ${args.map((each) => (each.startsWith(root) ? relative(root, each) : each)).join(' ')}`,
  );
  execFileSync(command, args, { cwd: root, stdio: 'inherit' });
}

/**
 * @param {string} command
 * @param {readonly string[]} args
 */
function outputOf(command, args, cwd = root) {
  return execFileSync(command, args, { cwd, encoding: 'utf8' }).trim();
}
