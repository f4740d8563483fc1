import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

// `npm run pack:server [-- FOLDER]` packs the server into one tarball, which `npm install --global` and `npx` run:
// dist/auraimage-server-VERSION.tgz. It has the layout of the repository. Our own packages are inside, because a package
// of the same name in a registry is not ours. Every library is a dependency, with the version of the lock file, also
// those that libraries need: npm reads a lock file only of the project in which it installs.

/** @typedef {Record<string, string>} Ranges */
/**
 * @typedef {object} Locked an entry of a lock file
 * @property {string} version
 * @property {boolean} [link]
 * @property {Ranges} [dependencies]
 * @property {Ranges} [peerDependencies]
 * @property {Record<string, { optional?: boolean }>} [peerDependenciesMeta]
 */

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const SERVER = 'apps/node';
/** Files and folders of a workspace that its code reads at run time, if they exist. */
const PARTS = ['package.json', 'dist', 'migrations', 'assets'];
/**
 * Libraries that are inside too. npm 10, which Node 20 and 22 bring, fails to resolve the optional peer dependencies of
 * better-auth (vitest among them).
 */
const CARRIED = ['better-auth'];
/** Pages that the server sends. */
const PAGES = ['apps/dashboard/dist', 'apps/docs/dist'];
const DOCUMENTS = ['README.md', 'LICENSE', 'CHANGELOG.md'];
/** Output of a build that nothing reads at run time. */
const UNUSED = /\.tsbuildinfo$|\.map$|\.d\.m?ts$|\.test\.js$/;

/** @type {Record<string, Locked>} */
const LOCK = readJson('package-lock.json').packages;

if (!existsSync(join(ROOT, SERVER, 'dist/main.js'))) throw new Error('Build first: npm run build');
const out = resolve(process.argv[2] ?? join(ROOT, 'dist'));
const staging = mkdtempSync(join(tmpdir(), 'aura-server-package-'));
try {
  stage(staging);
  mkdirSync(out, { recursive: true });
  const options = ['--ignore-scripts', '--no-update-notifier', '--loglevel=error'];
  const packed = execFileSync('npm', ['pack', '--json', '--pack-destination', out, ...options], {
    cwd: staging,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  console.log(join(out, JSON.parse(packed)[0].filename));
} finally {
  rmSync(staging, { recursive: true, force: true });
}

/** @param {string} target */
function stage(target) {
  const folders = neededBy(SERVER);
  const bundled = folders.filter((folder) => folder !== SERVER);
  const { name, version, description, license, type, bin } = manifestOf(SERVER);
  const own = bundled.map((folder) => [nameOf(folder), manifestOf(folder)['version']]);
  writeJson(join(target, 'package.json'), {
    name,
    version,
    description,
    license,
    type,
    bin: Object.fromEntries(
      Object.entries(bin).map(([command, path]) => [command, join(SERVER, path)]),
    ),
    engines: readJson('package.json').engines,
    files: ['apps', ...DOCUMENTS],
    dependencies: { ...Object.fromEntries(own), ...librariesOf(folders) },
    optionalDependencies: optionalOf(folders),
    bundleDependencies: [...bundled.map(nameOf), ...CARRIED],
  });
  for (const part of PARTS) copy(`${SERVER}/${part}`, join(target, SERVER, part));
  for (const page of PAGES) copy(page, join(target, page));
  for (const document of DOCUMENTS) {
    const isOwn = existsSync(join(ROOT, SERVER, document));
    copy(isOwn ? `${SERVER}/${document}` : document, join(target, document));
  }
  for (const folder of bundled) {
    for (const part of PARTS) {
      copy(`${folder}/${part}`, join(target, 'node_modules', nameOf(folder), part));
    }
  }
  for (const library of CARRIED) {
    const place = `node_modules/${library}`;
    cpSync(join(ROOT, place), join(target, place), { recursive: true, filter: isUsed });
    copy(`${place}/package.json`, join(target, place, 'package.json'));
  }
}

/**
 * The workspace and all workspaces that it imports.
 *
 * @param {string} folder
 */
function neededBy(folder) {
  const folderOf = new Map(
    ['packages', 'adapters'].flatMap((group) =>
      readdirSync(join(ROOT, group))
        .map((entry) => `${group}/${entry}`)
        .filter((each) => existsSync(join(ROOT, each, 'package.json')))
        .map((each) => [nameOf(each), each]),
    ),
  );
  const found = new Set([folder]);
  for (const each of found) {
    for (const library of Object.keys(manifestOf(each)['dependencies'] ?? {})) {
      const workspace = folderOf.get(library);
      if (workspace !== undefined) found.add(workspace);
    }
  }
  return [...found];
}

/**
 * All libraries that the workspaces need, with their versions. Where there are two of one, the one that most packages
 * find: in a folder of its own, npm chooses the other again. What is optional is for one platform each, and those that
 * need it name its exact version.
 *
 * @param {readonly string[]} folders
 * @returns {Ranges}
 */
function librariesOf(folders) {
  /** @type {Ranges} */
  const found = {};
  const seen = new Set();
  const waiting = folders.map((folder) => ({ from: folder, needing: manifestOf(folder) }));
  for (const { from, needing } of waiting) {
    const { dependencies, optionalDependencies, peerDependencies, peerDependenciesMeta } = needing;
    const peers = Object.keys(peerDependencies ?? {}).filter(
      (peer) => !peerDependenciesMeta?.[peer]?.optional,
    );
    for (const name of [...Object.keys(dependencies ?? {}), ...peers]) {
      if (optionalDependencies?.[name] !== undefined) continue;
      const place = placeOf(name, from);
      const { link, ...locked } = LOCK[place] ?? fail(place);
      if (link || seen.has(place)) continue;
      seen.add(place);
      waiting.push({ from: place, needing: locked });
      const isShared = place === `node_modules/${name}` || folders.includes(from);
      if (isShared || found[name] === undefined) found[name] = locked.version;
    }
  }
  return Object.fromEntries(Object.entries(found).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** @param {readonly string[]} folders @returns {Ranges} */
function optionalOf(folders) {
  return Object.assign({}, ...folders.map((folder) => manifestOf(folder)['optionalDependencies']));
}

/**
 * Where an import of a package leads to, as in Node.
 *
 * @param {string} name
 * @param {string} from a place in the lock file
 */
function placeOf(name, from) {
  for (
    let folder = from;
    folder !== '';
    folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/')))
  ) {
    const place = `${folder}/node_modules/${name}`;
    if (LOCK[place] !== undefined) return place;
  }
  return `node_modules/${name}`;
}

/** @param {string} place @returns {never} */
function fail(place) {
  throw new Error(`package-lock.json has no ${place}`);
}

/** @param {string} folder @returns {Record<string, any>} */
function manifestOf(folder) {
  const {
    private: _private,
    devDependencies: _dev,
    scripts: _scripts,
    ...manifest
  } = readJson(`${folder}/package.json`);
  return manifest;
}

/** @param {string} folder @returns {string} */
function nameOf(folder) {
  return manifestOf(folder)['name'];
}

/**
 * @param {string} from in the repository
 * @param {string} to
 */
function copy(from, to) {
  if (!existsSync(join(ROOT, from))) return;
  if (from.endsWith('/package.json')) {
    // The server's manifest names what they need: npm would take the dependencies of what is inside for inside too.
    const {
      dependencies: _all,
      optionalDependencies: _some,
      peerDependencies: _peers,
      peerDependenciesMeta: _meta,
      ...manifest
    } = manifestOf(dirname(from));
    return writeJson(to, manifest);
  }
  cpSync(join(ROOT, from), to, {
    recursive: true,
    filter: (each) => isUsed(each) && !isStale(each),
  });
}

/** @param {string} file */
function isUsed(file) {
  return !UNUSED.test(file);
}

/**
 * Whether a module was compiled from a source that no longer exists: the compiler leaves it.
 *
 * @param {string} file
 */
function isStale(file) {
  const [, workspace, module] =
    /^(.*\/(?:packages|adapters|apps)\/[^/]+)\/dist\/(.*)\.js$/.exec(file) ?? [];
  if (workspace === undefined || !existsSync(join(workspace, 'src'))) return false;
  if (PAGES.some((page) => join(ROOT, page) === join(workspace, 'dist'))) return false;
  return ['.ts', '.tsx'].every(
    (ending) => !existsSync(join(workspace, 'src', `${module}${ending}`)),
  );
}

/** @param {string} path @returns {any} */
function readJson(path) {
  return JSON.parse(readFileSync(join(ROOT, path), 'utf8'));
}

/**
 * @param {string} file
 * @param {unknown} value
 */
function writeJson(file, value) {
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`);
}
