import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { builtinModules } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join, posix, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { pendingChangesets, publishedWorkspaces } from './check.mjs';

// Makes the tarballs of the packages that apps install, and their index. The server hands them out under /packages,
// and `npm run release` publishes the same files. Run after the build: node scripts/packages.mjs [FOLDER]
//
// A tarball has no dependency on a package of this repository, because a package of the same name in a registry need
// not be ours: it contains the files that it needs of the others. The same input makes the same bytes.

/** @typedef {{ workspace: string, path: string }} Source a file of a workspace */
/** @typedef {{ name: string, version: string } & Record<string, any>} Manifest */

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const OUT = resolve(process.argv[2] ?? join(ROOT, 'apps/node/dist/packages'));

/** Workspaces whose files go into the packages that import them. */
const CONTAINED = new Map(
  ['packages/protocol', 'packages/sdk'].map((folder) => [manifestOf(folder).name, folder]),
);
/** Where these files are in a package. */
const INSIDE = 'dist/internal';

/** The versions of the repository are those of the next release only once its changesets are used up. */
const isRelease = pendingChangesets().length === 0;

const staging = mkdtempSync(join(tmpdir(), 'aura-packages-'));
try {
  const packages = publishedWorkspaces().sort().map(stage);
  const folders = packages.map(({ file }) => `./${file.slice(0, -'.tgz'.length)}`);
  // npm sets the times, owners and modes of all files to fixed values.
  const pack = ['pack', ...folders, '--ignore-scripts', '--no-update-notifier', '--loglevel=error'];
  execFileSync('npm', pack, { cwd: staging, stdio: ['ignore', 'ignore', 'inherit'] });
  rmSync(OUT, { recursive: true, force: true });
  mkdirSync(OUT, { recursive: true });
  const index = packages.map(({ name, version, file, latest }) => {
    const packed = `${name.replace('@', '').replace('/', '-')}-${version}.tgz`;
    const bytes = readFileSync(join(staging, packed));
    writeFileSync(join(OUT, file), bytes);
    const integrity = `sha512-${createHash('sha512').update(bytes).digest('base64')}`;
    return { name, version, file, latest, size: bytes.length, integrity };
  });
  // Written last: a reader that finds it finds the tarballs.
  writeFileSync(join(OUT, 'index.json.part'), `${JSON.stringify(index, null, 2)}\n`);
  renameSync(join(OUT, 'index.json.part'), join(OUT, 'index.json'));
} finally {
  rmSync(staging, { recursive: true, force: true });
}

/**
 * Writes the files of a package, as they are packed, into a folder below `staging`.
 *
 * @param {string} workspace
 */
function stage(workspace) {
  const { files, imports } = filesOf(workspace);
  const text = publishedReadme(workspace);
  files.set('README.md', text);
  files.set('LICENSE', readFileSync(join(ROOT, 'LICENSE'), 'utf8'));
  const unversioned = publishedManifest(workspace, imports);
  const version = isRelease
    ? unversioned.version
    : `${unversioned.version}-dev-${digestOf(unversioned, files)}`;
  files.set('package.json', `${JSON.stringify({ ...unversioned, version }, null, 2)}\n`);

  const { name } = unversioned;
  const short = basename(name);
  const file = `${short}-${version}.tgz`;
  for (const [path, content] of files) {
    const target = join(staging, `${short}-${version}`, path);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, content);
    chmodSync(target, 0o644); // whatever the umask is
  }
  return { name, version, file, latest: `${short}.tgz` };
}

/**
 * Distinguishes the builds between two releases: an address with a version always has the same bytes, and caches rely
 * on it.
 *
 * @param {Manifest} manifest
 * @param {ReadonlyMap<string, string>} files
 */
function digestOf(manifest, files) {
  const all = JSON.stringify([manifest, [...files].sort(([a], [b]) => (a < b ? -1 : 1))]);
  return createHash('sha256').update(all).digest('hex').slice(0, 8);
}

/**
 * All files that a package's exports and commands reach, by their paths in the package, and its `imports` field.
 *
 * @param {string} workspace
 */
function filesOf(workspace) {
  /** @type {Map<string, string>} */
  const files = new Map();
  /** @type {Record<string, unknown>} */
  const imports = {};
  const manifest = manifestOf(workspace);
  const allowed = new Set([
    ...Object.keys({ ...manifest['dependencies'], ...manifest['peerDependencies'] }),
    ...builtinModules,
  ]);
  /** @param {Source} source */
  const placeOf = (source) =>
    source.workspace === workspace
      ? source.path
      : source.path.replace(/^dist/, `${INSIDE}/${basename(source.workspace)}`);

  const waiting = entriesOf(workspace, manifest);
  for (let source = waiting.shift(); source; source = waiting.shift()) {
    const place = placeOf(source);
    if (files.has(place)) continue;
    const text = readFileSync(join(ROOT, source.workspace, source.path), 'utf8');
    files.set(place, rewrite(text, source, place));
    const types = source.path.replace(/\.js$/, '.d.ts');
    if (types !== source.path && existsSync(join(ROOT, source.workspace, types))) {
      waiting.push({ ...source, path: types });
    }
  }
  return { files, imports };

  /**
   * Makes the imports of contained workspaces relative, and leaves the source maps out: their sources are not packed.
   *
   * @param {string} text
   * @param {Source} source
   * @param {string} place
   */
  function rewrite(text, source, place) {
    if (!/\.(?:js|d\.ts)$/.test(place)) return text;
    let rewritten = text;
    const { importedFiles } = ts.preProcessFile(text);
    // From the end, so that the positions before stay right.
    for (const { fileName: specifier, pos } of importedFiles.toReversed()) {
      const target = resolveImport(specifier, source);
      if (target === null) continue;
      const path = posix.relative(posix.dirname(place), placeOf(target));
      const start = pos + 1; // behind the quote
      rewritten = `${rewritten.slice(0, start)}${path.startsWith('.') ? '' : './'}${path}${rewritten.slice(start + specifier.length)}`;
    }
    return rewritten.replace(/^\/\/# sourceMappingURL=.*\n?/gm, '');
  }

  /**
   * @param {string} specifier
   * @param {Source} from
   * @returns {Source | null} the file, if the specifier has to be its path in the package
   */
  function resolveImport(specifier, { workspace: from, path }) {
    if (specifier.startsWith('.')) {
      const target = { workspace: from, path: posix.join(posix.dirname(path), specifier) };
      waiting.push(target);
      return target;
    }
    if (specifier.startsWith('#')) {
      const conditions = manifestOf(from)['imports'][specifier];
      imports[specifier] = mapStrings(conditions, (file) => {
        const target = { workspace: from, path: posix.normalize(file) };
        waiting.push(target);
        return `./${placeOf(target)}`;
      });
      return null;
    }
    const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
    const contained = CONTAINED.get(name);
    if (contained !== undefined) {
      const entry = manifestOf(contained)['exports'][`.${specifier.slice(name.length)}`];
      const target = { workspace: contained, path: posix.normalize(entry.default) };
      waiting.push(target);
      return target;
    }
    if (specifier.startsWith('node:') || allowed.has(name)) return null;
    throw new Error(`${workspace} imports ${specifier}, which its package.json does not name`);
  }
}

/**
 * @param {string} workspace
 * @param {Manifest} manifest
 * @returns {Source[]}
 */
function entriesOf(workspace, { exports, bin = {} }) {
  /** @type {Set<string>} */
  const paths = new Set();
  mapStrings([exports, bin], (path) => {
    paths.add(posix.normalize(path));
    return path;
  });
  paths.delete('package.json');
  // The command's own file loads it, unless it is not built.
  if (Object.keys(bin).length > 0) paths.add('dist/main.js');
  return [...paths].map((path) => ({ workspace, path }));
}

/**
 * @param {string} workspace
 * @param {Record<string, unknown>} imports
 * @returns {Manifest}
 */
function publishedManifest(workspace, imports) {
  const {
    scripts: _scripts,
    devDependencies: _development,
    dependencies,
    ...manifest
  } = manifestOf(workspace);
  const others = Object.entries(dependencies).filter(([name]) => !name.startsWith('@auraimage/'));
  return {
    ...manifest,
    ...(Object.keys(imports).length > 0 && { imports }),
    ...(others.length > 0 && { dependencies: Object.fromEntries(others) }),
  };
}

/**
 * The README without links to files of the repository: the package does not contain them. Every server has the guides.
 *
 * @param {string} workspace
 */
function publishedReadme(workspace) {
  const text = readFileSync(join(ROOT, workspace, 'README.md'), 'utf8');
  return text
    .replace(/\[([^\]]+)\]\(\.\.?\/[^)]*\)/g, '$1')
    .replace(/^Guides:/gm, 'Guides, at `/docs` of your server:');
}

/**
 * @param {any} value
 * @param {(text: string) => string} map
 * @returns {any}
 */
function mapStrings(value, map) {
  if (typeof value === 'string') return map(value);
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, mapStrings(inner, map)]),
  );
}

/**
 * @param {string} folder
 * @returns {Manifest}
 */
function manifestOf(folder) {
  return JSON.parse(readFileSync(join(ROOT, folder, 'package.json'), 'utf8'));
}
