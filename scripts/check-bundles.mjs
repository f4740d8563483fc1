import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

// Checks the bundle sizes of the published packages and of the dashboard's pages, and that no code for secrets is in
// a browser bundle. Run after the build.

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const KB = 1024;

/**
 * Entries and what is taken of them, and how much that may be, all that it imports included,
 * minified and compressed.
 * @type {readonly { entry: string, names?: string, most: number, browser: boolean }[]}
 */
const BUDGETS = [
  { entry: 'packages/sdk/dist/index.js', most: 11 * KB, browser: false },
  { entry: 'packages/sdk/dist/server.js', most: 4 * KB, browser: false },
  { entry: 'packages/sdk/dist/client/index.js', most: 6 * KB, browser: true },
  { entry: 'packages/react/dist/index.js', names: '{ AuraImage }', most: 9 * KB, browser: true },
  { entry: 'packages/react/dist/index.js', names: '{ AuraUploader }', most: 8 * KB, browser: true },
  { entry: 'packages/react/dist/next.js', most: 3 * KB, browser: true },
];

/** Words that only code for secrets has: prefixes, the names of what signs, the algorithm. */
const SECRET_WORDS =
  /sk_live_|secretKey|serveSecret|HMAC|\bsubtle\b|createHmac|sign(?:Serve|Upload|Visibility)Token/;

/**
 * All scripts of the dashboard, compressed one by one as they are sent. 16 KB of them are the command palette and the
 * pages' new parts, 24 KB the pages of presets, recipients, usage, people, members and webhooks, 8 KB the second factor
 * with its QR code, 2 KB the sign-in provider, all of which load when they are opened.
 */
const DASHBOARD_MOST = 300 * KB;
/** The scripts that every page loads before it shows anything. */
const DASHBOARD_FIRST_MOST = 146 * KB;

const problems = (await Promise.all(BUDGETS.map(problemsOf))).flat().concat(dashboardProblems());
if (problems.length > 0) {
  console.log(problems.map((problem) => `- ${problem}`).join('\n'));
  process.exitCode = 1;
}

/** @param {typeof BUDGETS[number]} budget */
async function problemsOf({ entry, names = '*', most, browser }) {
  const code = await bundle(entry, names);
  const size = gzipSync(code, { level: 9 }).length;
  const what = names === '*' ? entry : `${names} of ${entry}`;
  console.log(`${what}: ${size} of ${most} bytes`);
  const found = [];
  if (size > most) found.push(`${what}: ${size} bytes compressed, may be ${most}`);
  const word = SECRET_WORDS.exec(code)?.[0];
  if (browser && word) found.push(`${what}: "${word}" is no matter for a browser`);
  // The patterns must match the signing code, so that they prove something.
  if (!browser && !word) found.push(`${what}: has no word for secrets: bring the list up to date`);
  return found;
}

function dashboardProblems() {
  const dist = join(ROOT, 'apps/dashboard/dist');
  const assets = join(dist, 'assets');
  const page = readFileSync(join(dist, 'index.html'), 'utf8');
  const all = readdirSync(assets).filter((name) => name.endsWith('.js'));
  const first = all.filter((name) => page.includes(name));
  const found = [];
  if (first.length === 0) found.push('apps/dashboard: was not built');
  for (const { what, scripts, most } of [
    { what: 'apps/dashboard', scripts: all, most: DASHBOARD_MOST },
    { what: 'the first page of apps/dashboard', scripts: first, most: DASHBOARD_FIRST_MOST },
  ]) {
    const size = scripts
      .map((name) => gzipSync(readFileSync(join(assets, name)), { level: 9 }).length)
      .reduce((sum, bytes) => sum + bytes, 0);
    console.log(`${what}: ${size} of ${most} bytes in ${scripts.length} scripts`);
    if (size > most) found.push(`${what}: ${size} bytes compressed, may be ${most}`);
  }
  if (/<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=/i.test(page)) {
    found.push('apps/dashboard: the page has a script or style inline, which its policy refuses');
  }
  return found;
}

/**
 * @param {string} entry
 * @param {string} names
 */
async function bundle(entry, names) {
  const { outputFiles } = await build({
    stdin: { contents: `export ${names} from './${entry}'`, resolveDir: ROOT },
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    define: { 'process.env.NODE_ENV': '"production"' },
    external: ['react', 'react/jsx-runtime'],
    logLevel: 'silent',
    write: false,
  });
  return outputFiles[0]?.text ?? '';
}
