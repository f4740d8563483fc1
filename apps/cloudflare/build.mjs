import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

// Bundles the Worker into dist/worker and puts its static files into dist/assets. wrangler deploys both as they are,
// and npm run dev:cloudflare and the tests start the same.

const APPS = fileURLToPath(new URL('..', import.meta.url));
const DIST = fileURLToPath(new URL('dist', import.meta.url));
const ASSETS = join(DIST, 'assets');
const SERVER = join(APPS, 'node');

/** @param {string} path */
const readJson = (path) => JSON.parse(readFileSync(path, 'utf8'));

/** Cloudflare compresses files itself. @param {string} path */
const isPlain = (path) => !/\.(?:br|gz|zst)$/.test(path);

/** @type {{ file: string }[]} */
const packages = readJson(join(SERVER, 'dist/packages/index.json'));

rmSync(ASSETS, { recursive: true, force: true });
mkdirSync(join(ASSETS, 'packages'), { recursive: true });
for (const name of ['dashboard', 'docs']) {
  const files = join(APPS, name, 'dist');
  if (!existsSync(join(files, 'index.html'))) throw new Error(`apps/${name} is not built`);
  cpSync(files, join(ASSETS, name), { recursive: true, filter: isPlain });
}
for (const { file } of packages) {
  cpSync(join(SERVER, 'dist/packages', file), join(ASSETS, 'packages', file));
}
cpSync(join(SERVER, 'assets/northern-lights.jpg'), join(ASSETS, 'northern-lights.jpg'));

/** What the Worker knows of this build. @type {import('esbuild').Plugin} */
const built = {
  name: 'built',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^aura:built$/ }, ({ path }) => ({ path, namespace: 'built' }));
    onLoad({ filter: /.*/, namespace: 'built' }, () => {
      const registry = join(SERVER, 'dist/registry');
      const items = readdirSync(registry).map((name) => [name, readJson(join(registry, name))]);
      const facts = {
        version: readJson(join(SERVER, 'package.json')).version,
        packages,
        registry: Object.fromEntries(items),
      };
      const lines = Object.entries(facts).map(
        ([name, value]) => `export const ${name} = ${JSON.stringify(value)};`,
      );
      return { contents: lines.join('\n') };
    });
  },
};

/**
 * Modules of Node, which the runtime has: named without the prefix, or taken with `require`.
 *
 * @type {import('esbuild').Plugin}
 */
const ofNode = {
  name: 'modules of Node',
  setup({ onResolve, onLoad }) {
    const filter =
      /^(?:node:.+|assert|async_hooks|buffer|crypto|events|path|stream|string_decoder|url|util)$/;
    onResolve({ filter }, ({ path, kind }) => {
      const name = path.startsWith('node:') ? path : `node:${path}`;
      return kind === 'require-call'
        ? { path: name, namespace: 'required' }
        : { path: name, external: true };
    });
    onLoad({ filter: /.*/, namespace: 'required' }, ({ path }) => ({
      contents: `import all from ${JSON.stringify(path)};\nmodule.exports = all;`,
    }));
  },
};

await build({
  entryPoints: [join(DIST, 'src/worker.js')],
  // Alone in its folder: wrangler uploads every module beside it.
  outfile: join(DIST, 'worker/worker.js'),
  bundle: true,
  format: 'esm',
  target: 'es2024',
  platform: 'browser',
  conditions: ['workerd', 'worker', 'browser'],
  mainFields: ['module', 'main'],
  external: ['cloudflare:*'],
  loader: { '.sql': 'text' },
  keepNames: true, // names of errors are logged
  minify: true,
  legalComments: 'none',
  plugins: [built, ofNode],
  logLevel: 'warning',
});
