import { afterAll, beforeAll, expect, it } from 'vitest';
import { axeProblems, COLOUR_RULES } from './axe.js';
import { BROWSER_START_MS, sharedBrowser, type TestBrowser } from './browser.js';
import { bundle, html, type PageServer, servePages } from './page-server.js';

let browser: TestBrowser;
let pages: PageServer;

beforeAll(async () => {
  browser = await sharedBrowser();
  pages = await servePages({
    '/right': html('<main><h1>Right</h1><img src="data:," alt="A picture"></main>'),
    '/wrong': html('<main><h1>Wrong</h1><img src="data:,"></main>'),
    '/faint': html('<main><h1 style="color: #bbb">Faint</h1><img src="data:,"></main>'),
    '/scripted': html(
      '<main><h1>Scripted</h1><img src="data:,"></main>',
      '<script type="module" src="/page.js"></script>',
    ),
    '/page.js': await bundle(new URL('scripted-page.ts', import.meta.url)),
  });
}, BROWSER_START_MS);

afterAll(async () => {
  await browser?.close();
  await pages?.close();
});

it('finds nothing on a page that is right, and what is wrong on another', async () => {
  const page = await browser.newPage();
  await page.goto(`${pages.url}/right`);
  expect(await axeProblems(page)).toEqual([]);
  await page.goto(`${pages.url}/wrong`);
  expect(await axeProblems(page)).toEqual([expect.stringMatching(/^image-alt: img: .*alt/s)]);
});

it('finds by the rules about colours what is too faint, and nothing else', async () => {
  const page = await browser.newPage();
  await page.goto(`${pages.url}/faint`);
  expect(await axeProblems(page, { only: COLOUR_RULES })).toEqual([
    expect.stringMatching(/^color-contrast: h1: /),
  ]);
});

it('runs what it bundled', async () => {
  const page = await browser.newPage();
  await page.goto(`${pages.url}/scripted`);
  expect(await axeProblems(page)).toEqual([]);
});
