import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { TestServer } from '../harness/server.js';
import { sharedServer } from '../harness/shared-server.js';
import { axeProblems, rulesIn } from './support/axe.js';
import { BROWSER_START_MS, sharedBrowser, type TestBrowser } from './support/browser.js';
import { watchForComplaints } from './support/complaints.js';

let browser: TestBrowser;
let server: Pick<TestServer, 'appUrl'>;
let page: Page;
let complaints: string[];

beforeAll(async () => {
  [browser, server] = await Promise.all([sharedBrowser(), sharedServer()]);
  page = await browser.newPage();
  complaints = watchForComplaints(page);
}, BROWSER_START_MS);
afterAll(() => browser?.close());

it('finds what was typed, and opens the heading with it', async () => {
  await page.goto(`${server.appUrl}/docs`);
  await page.keyboard.press('/');
  await page.keyboard.type('reuse signed urls');
  const first = page.locator('dialog li a').first();
  await first.waitFor();
  expect(await axeProblems(page)).toEqual([]);
  await page.keyboard.press('Enter');
  await page.waitForURL('**/docs/guides/private-images#reuse-signed-urls');
  await page.getByRole('heading', { name: 'Reuse signed URLs' }).waitFor();
});

it('loads the search again after a failure', async () => {
  let isDown = true;
  await page.route('**/search-*.json', (route) => (isDown ? route.abort() : route.continue()));
  await page.goto(`${server.appUrl}/docs`);
  await page.keyboard.press('/');
  await page.getByText('The search could not be loaded').waitFor();
  await page.keyboard.press('Escape');
  await page.locator('dialog').waitFor({ state: 'hidden' });
  isDown = false;
  await page.keyboard.press('/');
  await page.keyboard.type('signed');
  const links = page.locator('dialog li a');
  await links.nth(1).waitFor();
  await page.keyboard.press('ArrowDown');
  expect(await links.first().evaluate((link) => link === document.activeElement)).toBe(true);
  await page.unrouteAll();
});

it.each(['light', 'dark'] as const)('can be read by everybody in %s', async (colorScheme) => {
  await page.emulateMedia({ colorScheme });
  await page.goto(`${server.appUrl}/docs/reference/transforms`);
  expect(await axeProblems(page, rulesIn(colorScheme))).toEqual([]);
  expect(complaints).toEqual([]);
});

it('fits on a phone, with the contents behind a button', async () => {
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto(`${server.appUrl}/docs/guides/nextjs`);
  await page.locator('.menu summary').click();
  await page.locator('.menu').getByRole('link', { name: 'React', exact: true }).click();
  await page.waitForURL('**/docs/guides/react');
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
});

it('has every page of its contents, as HTML and as Markdown, and no broken link', async () => {
  const { appUrl } = server;
  const text = async (path: string) => {
    const response = await fetch(appUrl + path);
    expect(response.status, path).toBe(200);
    return response.text();
  };
  const llms = await text('/llms.txt');
  expect(llms).toMatch(/^# AuraImage\n\n> /);
  const sources = [...llms.matchAll(/\]\((\/docs\/\S+?\.md)/g)].map(([, path = '']) => path);
  expect(sources.length).toBeGreaterThan(25);
  const targets = new Set<string>();
  const ids = new Map<string, Set<string>>();
  for (const source of sources) {
    expect(await text(source)).toMatch(/^# /);
    const path = source.replace(/\.md$/, '');
    const html = await text(path);
    ids.set(path, new Set([...html.matchAll(/ id="([^"]+)"/g)].map(([, id = '']) => id)));
    for (const [, target = ''] of html.matchAll(/(?:href|src)="(\/docs[^"]*|#[^"]+)"/g)) {
      targets.add(target.startsWith('#') ? path + target : target);
    }
  }
  for (const target of targets) {
    const [path = '', id] = target.split('#');
    if (!ids.has(path)) await text(path);
    else if (id !== undefined) expect([...(ids.get(path) ?? [])], target).toContain(id);
  }
});
