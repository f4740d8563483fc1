import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';

const BROWSERS = ['chromium', 'chromium-headless-shell', 'google-chrome'];

/**
 * Path of a Chromium: `CHROMIUM`, or the one in /usr/bin.
 *
 * @throws if there is none
 */
export function findChromium() {
  const named = process.env['CHROMIUM'];
  const found = named ?? BROWSERS.map((name) => `/usr/bin/${name}`).find(existsSync);
  if (found === undefined) throw new Error('there is no Chromium: install it, or set CHROMIUM');
  return found;
}

/**
 * A page of a real Chromium, signed in to the dashboard.
 *
 * @param {import('./server.mjs').BenchServer} server
 * @param {{ email: string, password: string }} account
 */
export async function openDashboard(server, account) {
  const browser = await chromium.launch({
    executablePath: findChromium(),
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  });
  const app = server.url.replace('127.0.0.1', 'localhost');
  const context = await browser.newContext({
    viewport: { width: 1440, height: 900 },
    bypassCSP: true, // for the functions that the benches run in the page
  });
  const page = await context.newPage();
  await page.goto(`${app}/dashboard`);
  await page.getByLabel('Email').fill(account.email);
  await page.getByLabel('Password').fill(account.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { name: 'Projects' }).waitFor();
  return { app, browser, context, page };
}

/**
 * Measures the page's main thread during some work, in CPU time, so that other load on the machine matters little.
 *
 * @param {import('playwright-core').Browser} browser
 * @param {import('playwright-core').Page} page
 * @param {() => Promise<void>} work
 */
export async function mainThread(browser, page, work) {
  await browser.startTracing(page, {
    categories: ['devtools.timeline', 'disabled-by-default-devtools.timeline', 'toplevel'],
  });
  await work();
  /** @type {{ traceEvents: TraceEvent[] }} */
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString());
  const renderers = traceEvents.filter(
    ({ name, args }) => name === 'thread_name' && args?.['name'] === 'CrRendererMain',
  );
  // The page's main thread is the one with the most animation frames.
  const frames = traceEvents.filter(({ name }) => name === 'FireAnimationFrame');
  const framesOf = (/** @type {TraceEvent} */ { pid, tid }) =>
    frames.filter((frame) => frame.pid === pid && frame.tid === tid);
  const [main] = renderers.sort((a, b) => framesOf(b).length - framesOf(a).length);
  if (!main) throw new Error('the trace has no renderer');
  const ticks = framesOf(main).map(({ ts }) => ts);
  const tasks = traceEvents
    .filter(({ name, pid, tid }) => /RunTask$/.test(name) && pid === main.pid && tid === main.tid)
    .sort((a, b) => a.ts - b.ts);
  const whole = outermost(tasks);
  const perFrame = ticks.slice(1).map((tick, at) => {
    const began = ticks[at] ?? 0;
    return sum(whole.filter(({ ts }) => ts >= began && ts < tick).map(cost));
  });
  perFrame.sort((a, b) => a - b);
  return {
    frames: perFrame.length,
    median: perFrame[perFrame.length >> 1] ?? 0,
    p95: perFrame[Math.floor(perFrame.length * 0.95)] ?? 0,
    longest: Math.max(0, ...whole.map(cost)),
    total: sum(whole.map(cost)),
    events: traceEvents.filter(({ pid, tid }) => pid === main.pid && tid === main.tid),
  };
}

/**
 * @typedef {{
 *   name: string, pid: number, tid: number, ts: number, dur?: number, tdur?: number,
 *   args?: Record<string, any>
 * }} TraceEvent
 */

/** @param {TraceEvent} event milliseconds of processor time */
const cost = ({ tdur, dur }) => (tdur ?? dur ?? 0) / 1000;

/** @param {readonly number[]} values */
const sum = (values) => values.reduce((all, one) => all + one, 0);

/** @param {readonly TraceEvent[]} tasks by their beginning */
function outermost(tasks) {
  let end = 0;
  return tasks.filter(({ ts, dur = 0 }) => {
    if (ts < end) return false;
    end = ts + dur;
    return true;
  });
}
