import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDashboard } from './support/chromium.mjs';
import { heading, median, rounded, table } from './support/print.mjs';
import { startServer } from './support/server.mjs';

const LOADS = 15;
const ACCOUNT = { email: 'ada@example.com', password: `bench ${crypto.randomUUID()}` };
const PAGES = [
  '/dashboard',
  '/dashboard/projects/{project}',
  '/dashboard/projects/{project}/settings',
];

/** Measures how long the dashboard takes to open with an empty browser cache, and its transfer sizes. */
export async function benchDashboard() {
  const folder = await mkdtemp(join(tmpdir(), 'aura-bench-'));
  const server = await startServer({ dataDir: join(folder, 'data'), account: ACCOUNT });
  const { app, browser, context } = await openDashboard(server, ACCOUNT);
  try {
    // Only the session is copied: a new context has an empty cache and no compiled code.
    const storageState = await context.storageState();
    const rows = [];
    for (const path of PAGES) {
      const url = app + path.replace('{project}', server.secrets.projectName);
      const loads = [];
      for (let load = 0; load < LOADS; load++) {
        const cold = await browser.newContext({ storageState, bypassCSP: true });
        const page = await cold.newPage();
        await page.addInitScript(WATCH);
        await page.goto(url);
        await page.waitForFunction('globalThis.thereAt !== undefined');
        loads.push(/** @type {Load} */ (await page.evaluate(MEASURE)));
        await cold.close();
      }
      const of = (/** @type {keyof Load} */ name) => median(loads.map((load) => load[name]));
      rows.push([
        path,
        rounded(of('painted')),
        rounded(of('there')),
        rounded(Math.max(...loads.map(({ there }) => there))),
        (of('script') / 1024).toFixed(0),
        (of('all') / 1024).toFixed(0),
      ]);
    }
    heading('The dashboard, opened by a browser with an empty cache');
    table([
      ['page', 'first paint ms', 'content ms', 'slowest', 'KB of scripts', 'KB in total'],
      ...rows,
    ]);
  } finally {
    await browser.close();
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

/** @typedef {{ painted: number, there: number, script: number, all: number }} Load */

// These run in the page. The content appears after the first API response.
const WATCH = `new MutationObserver((_, observer) => {
  if (!document.querySelector('main :is(ul, [role="grid"], [aria-label="Active secret keys"])')) return;
  observer.disconnect();
  requestAnimationFrame(() => { globalThis.thereAt = performance.now(); });
}).observe(document, { childList: true, subtree: true })`;
const MEASURE = `(() => {
  const files = performance.getEntriesByType('resource');
  const bytes = (some) => some.reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0);
  return {
    painted: performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0,
    there: globalThis.thereAt,
    script: bytes(files.filter(({ name }) => name.endsWith('.js'))),
    all: bytes(files.filter(({ name }) => name.includes('/dashboard/'))),
  };
})()`;
