import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, Page } from 'puppeteer-core';
import { createElement } from 'react';
import { renderToString } from 'react-dom/server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drawing, pictures } from '../files/pictures.js';
import { removeFolder } from '../harness/remove.js';
import { startTestServer, type TestServer, temporaryFolder } from '../harness/server.js';
import { upload } from '../harness/upload.js';
import { ImageApp } from './pages/image-app.js';
import { BROWSER_START_MS } from './support/browser.js';
import { chooseFiles, newProfile, startFirefox, waitForImage } from './support/firefox.js';
import { bundle, html, type PageServer, servePages } from './support/page-server.js';

const STYLES = new URL('../../packages/react/styles.css', import.meta.url);

// What matters most of the other files here, in the second engine; so do new-user.test.ts and example-nextjs.test.ts
// in a long run.
describe('in Firefox', { timeout: 120_000 }, () => {
  let firefox: Browser;
  let server: TestServer;
  let pages: PageServer;
  let folder: string;

  beforeAll(async () => {
    [firefox, server, folder] = await Promise.all([
      startFirefox(),
      startTestServer(),
      temporaryFolder(),
    ]);
    const { body } = await bundle(STYLES);
    const root = `<main><h1>Uploads</h1><div id="root" data-cdn="${server.url}"></div></main>`;
    const file = await drawing(400, 300).jpeg().toBuffer();
    const { key, blurhash } = await upload(server, file, 'private');
    const src = await server.aura.getSignedUrl(key);
    const given = { image: { src, alt: 'A drawing', width: 400, height: 300, blurhash } };
    const image = `<div id="root">${renderToString(createElement(ImageApp, given))}</div>`;
    const data = `<script type="application/json" id="props">${JSON.stringify(given)}</script>`;
    pages = await servePages({
      '/image': html(`${image}${data}<script type="module" src="/image.js"></script>`),
      '/image.js': await bundle(new URL('pages/image-page.tsx', import.meta.url)),
      '/': html(`${root}<script type="module" src="/page.js"></script>`, `<style>${body}</style>`),
      '/page.js': await bundle(new URL('pages/uploader-page.tsx', import.meta.url)),
      '/api/sign': {
        type: 'application/json',
        body: JSON.stringify({ signature: await server.aura.signUpload() }),
      },
    });
    await writeFile(at('harbour.jpg'), file);
    await writeFile(at('photo.heic'), await pictures.heic());
    await writeFile(at('notes.png'), 'no image at all');
  }, BROWSER_START_MS);

  afterAll(async () => {
    await firefox?.close();
    await pages?.close();
    await server?.kill();
    if (folder) await removeFolder(folder);
  });

  const at = (name: string) => join(folder, name);

  /** Waits for the state of a file in the uploader. */
  const inState = (page: Page, name: string, state: string) =>
    page.waitForFunction(
      (name, state) =>
        [...document.querySelectorAll(`li[data-status="${state}"]`)].some(({ textContent }) =>
          textContent?.includes(name),
        ),
      {},
      name,
      state,
    );

  it('<AuraUploader> uploads, previews what only the server can decode, and says what failed', async () => {
    const page = await newProfile(firefox);
    const complaints: string[] = [];
    page.on('pageerror', (error) => complaints.push(String(error)));
    await page.goto(pages.url);
    await page.waitForSelector('.aura-uploader button');
    await chooseFiles(page, at('harbour.jpg'), at('photo.heic'), at('notes.png'));
    await inState(page, 'harbour.jpg', 'done');
    await inState(page, 'photo.heic', 'done');
    await inState(page, 'notes.png', 'failed');
    await waitForImage(page, 'li:nth-child(1) img');
    await waitForImage(page, 'li:nth-child(2) img');
    expect(await page.evaluate(() => globalThis.ended)).toEqual(
      expect.arrayContaining(['type_not_allowed', expect.stringMatching(/-photo\.heic$/)]),
    );
    expect(complaints).toEqual([]);
    await page.browserContext().close();
  });

  it('<AuraImage> shows a private image in the size that the page needs', async () => {
    const page = await newProfile(firefox);
    const complaints: string[] = [];
    page.on('pageerror', (error) => complaints.push(String(error)));
    await page.goto(`${pages.url}/image`);
    await page.waitForSelector('html[data-alive]');
    await waitForImage(page, 'img');
    const url = await page.$eval('img', (image) => (image as HTMLImageElement).currentSrc);
    expect(url).toMatch(/&w=\d+$/);
    expect(complaints).toEqual([]);
    await page.browserContext().close();
  });

  it('a new user makes the account, and a private image that only the dashboard shows', async () => {
    const page = await newProfile(firefox);
    const complaints: string[] = [];
    page.on('pageerror', (error) => complaints.push(String(error)));
    const press = (name: string) =>
      page.locator(`::-p-aria([name="${name}"][role="button"])`).click();
    await page.goto(server.setupUrl);
    await page.locator('input[type=email]').fill('owner@example.com');
    await page.locator('input[type=password]').fill('violet ladder quiet harbour');
    await press('Create account');
    const { projectName } = server.credentials;
    await page.locator(`a[href$="/projects/${projectName}"]`).click();
    await chooseFiles(page, at('harbour.jpg'));
    await page.locator('dialog [role=radio][value=private]').click();
    await press('Upload as private');
    const shown = 'main img[src*="-harbour.jpg"][src*="token="]';
    await waitForImage(page, shown);
    const src = await page.$eval(shown, (image) => (image as HTMLImageElement).src);
    expect((await fetch(src)).status).toBe(200);
    expect((await fetch(src.replace(/\?.*/, ''))).status).toBe(403);
    expect(complaints).toEqual([]);
    await page.browserContext().close();
  });
});
