import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { FOR_WORKERD } from './dist/src/commands/bundling.js';

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

await build({
  entryPoints: [join(DIST, 'src/worker.js')],
  // Alone in its folder: wrangler uploads every module beside it.
  outfile: join(DIST, 'worker/worker.js'),
  ...FOR_WORKERD,
  keepNames: true, // names of errors are logged
  minify: true,
  legalComments: 'none',
  plugins: [built, ...FOR_WORKERD.plugins],
  logLevel: 'warning',
});
