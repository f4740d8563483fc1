import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

// What the published packages cost whoever bundles them, and that no secret is handled in a browser.
// Run after the build.

const KB = 1024;

/**
 * Entries, and how much they may be, all that they import included, minified and compressed.
 * @type {readonly { entry: string, most: number, browser: boolean, external?: string[] }[]}
 */
const BUDGETS = [
  { entry: 'packages/sdk/dist/index.js', most: 4 * KB, browser: false },
  { entry: 'packages/sdk/dist/server.js', most: 4 * KB, browser: false },
  { entry: 'packages/sdk/dist/client/index.js', most: 4 * KB, browser: true },
];

/** Words that only code for secrets has: prefixes, the names of what signs, the algorithm. */
const SECRET_WORDS =
  /sk_live_|secretKey|serveSecret|HMAC|\bsubtle\b|createHmac|sign(?:Serve|Upload|Visibility)Token/;

const problems = (await Promise.all(BUDGETS.map(problemsOf))).flat();
if (problems.length > 0) {
  console.log(problems.map((problem) => `- ${problem}`).join('\n'));
  process.exitCode = 1;
}

/** @param {typeof BUDGETS[number]} budget */
async function problemsOf({ entry, most, browser, external = [] }) {
  const code = await bundle(entry, external);
  const size = gzipSync(code, { level: 9 }).length;
  console.log(`${entry}: ${size} of ${most} bytes`);
  const found = [];
  if (size > most) found.push(`${entry}: ${size} bytes compressed, may be ${most}`);
  const word = SECRET_WORDS.exec(code)?.[0];
  if (browser && word) found.push(`${entry}: "${word}" is no matter for a browser`);
  // What signs must be found by them, or they find nothing any more.
  if (!browser && !word)
    found.push(`${entry}: has none of the words for secrets: bring them up to date`);
  return found;
}

/**
 * @param {string} entry
 * @param {string[]} external
 */
async function bundle(entry, external) {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL(`../${entry}`, import.meta.url))],
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    define: { 'process.env.NODE_ENV': '"production"' },
    external,
    logLevel: 'silent',
    write: false,
  });
  return outputFiles[0]?.text ?? '';
}
