import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drawing } from '../files/pictures.js';
import { type SharedServer, sharedServer } from '../harness/shared-server.js';
import { axeProblems } from './support/axe.js';
import { BROWSER_START_MS, sharedBrowser, type TestBrowser } from './support/browser.js';
import { watchForComplaints } from './support/complaints.js';
import { type ExampleApp, exampleEnv, startExample } from './support/example-app.js';

const PASSWORD = 'correct horse battery';

describe('examples/hono', () => {
  let browser: TestBrowser;
  let server: SharedServer;
  let app: ExampleApp;
  let page: Page;
  let complaints: string[];

  beforeAll(async () => {
    [browser, server] = await Promise.all([sharedBrowser(), sharedServer()]);
    const env = exampleEnv(server, PASSWORD);
    app = await startExample({ name: 'hono', args: ['server.mjs'], env });
    const httpCredentials = { username: 'me', password: PASSWORD };
    page = await (await browser.newContext({ httpCredentials })).newPage();
    complaints = watchForComplaints(page);
  }, BROWSER_START_MS);

  afterAll(async () => {
    await app?.stop();
    await browser?.close();
  });

  it('uploads a private image and shows it', async () => {
    await page.goto(app.url);
    const buffer = await drawing(480, 360).jpeg().toBuffer();
    await page
      .getByLabel('Picture')
      .setInputFiles({ name: 'harbour.jpg', mimeType: 'image/jpeg', buffer });
    await page.getByText('harbour.jpg is uploaded').waitFor();
    const image = page.getByAltText('harbour.jpg');
    await page.waitForFunction(() => document.querySelector('img')?.naturalWidth === 400);
    const src = (await image.getAttribute('src')) ?? '';
    expect(await axeProblems(page)).toEqual([]);
    expect(complaints).toEqual([]);

    expect((await fetch(src)).status).toBe(200);
    const unsigned = src.replace(/\?.*/, '');
    expect((await fetch(unsigned)).status).toBe(403);
    // No secret has reached the page.
    const { secretKey, serveSecret } = server.credentials;
    const html = await page.content();
    expect([html.includes(secretKey), html.includes(serveSecret)]).toEqual([false, false]);
  });

  it('says why a file was refused', async () => {
    await page.goto(app.url);
    const buffer = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>');
    await page
      .getByLabel('Picture')
      .setInputFiles({ name: 'drawing.svg', mimeType: 'image/svg+xml', buffer });
    await page.getByText(/^drawing\.svg: (?!Uploading)./).waitFor();
    expect(await page.locator('img').count()).toBe(0);
  });

  it.each([
    ['POST', '/api/sign'],
    ['GET', '/api/pictures/abc123xyz0-photo.jpg/url'],
  ])('%s %s requires sign-in', async (method, path) => {
    const wrong = { Authorization: `Basic ${btoa('me:wrong')}` };
    for (const headers of [{}, wrong]) {
      const response = await fetch(`${app.url}${path}`, { method, headers });
      expect([response.status, await response.text()]).toEqual([401, 'Unauthorized']);
    }
  });
});
