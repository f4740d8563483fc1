import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { drawing } from '../files/pictures.js';
import { shortOrLong } from '../harness/long.js';
import { removeFolder } from '../harness/remove.js';
import { startTestServer, type TestServer, temporaryFolder } from '../harness/server.js';
import { axeProblems } from './support/axe.js';
import { BROWSER_START_MS, sharedBrowser, type TestBrowser } from './support/browser.js';
import { watchForComplaints } from './support/complaints.js';
import { type ExampleApp, exampleEnv, exampleFolder, startExample } from './support/example-app.js';
import { chooseFiles, newProfile, startFirefox, waitForImage } from './support/firefox.js';

const NAME = 'nextjs-private-gallery';
const PASSWORD = 'correct horse battery';
const NEXT = '../../node_modules/next/dist/bin/next';
const BUILD_LIMIT_MS = 480_000;

describe('examples/nextjs-private-gallery', () => {
  let browser: TestBrowser;
  let server: TestServer;
  let app: ExampleApp;
  let page: Page;
  let complaints: string[];
  const asked: string[] = [];

  beforeAll(async () => {
    [browser, server] = await Promise.all([sharedBrowser(), startTestServer()]);
    const env = exampleEnv(server, PASSWORD);
    // A build needs no secret.
    const { AURA_SECRET_KEY, AURA_SERVE_SECRET, GALLERY_PASSWORD, ...unsecret } = env;
    const cwd = exampleFolder(NAME);
    const options = { cwd, env: unsecret, timeout: BUILD_LIMIT_MS };
    await promisify(execFile)(process.execPath, [NEXT, 'build'], options);
    app = await startExample({ name: NAME, args: [NEXT, 'start', '--hostname', 'localhost'], env });
    page = await browser.newPage();
    complaints = watchForComplaints(page);
    page.on('request', (request) => void asked.push(request.url()));
  }, BROWSER_START_MS + BUILD_LIMIT_MS);

  beforeEach(async () => {
    complaints.length = 0;
    asked.length = 0;
    await page.context().clearCookies();
    await page.goto(app.url);
  });

  afterAll(async () => {
    await app?.stop();
    await browser?.close();
    await server?.kill();
  });

  async function signIn(): Promise<void> {
    await page.getByLabel('Password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('button', { name: 'Choose' }).waitFor();
  }

  /** Uploads a picture through the page and waits until the gallery has it. */
  async function add(name: string): Promise<string> {
    const buffer = await drawing(400, 300).jpeg().toBuffer();
    await page
      .locator('input[type=file]')
      .setInputFiles({ name: `${name}.jpg`, mimeType: 'image/jpeg', buffer });
    const tile = page.locator('.gallery img').and(page.getByAltText(name));
    await tile.waitFor();
    return (await tile.getAttribute('alt')) ?? '';
  }

  const addressOf = async (key: string) =>
    (await page.locator('.gallery').getByAltText(key).getAttribute('src')) ?? '';
  const statusOf = async (url: string) => (await fetch(url)).status;
  const plain = (key: string) =>
    `${server.credentials.cdnUrl}/${server.credentials.projectName}/${key}`;
  const loaded = (selector: string) =>
    page.waitForFunction((selector) => {
      const image = document.querySelector<HTMLImageElement>(selector);
      return image?.complete && image.naturalWidth > 0;
    }, selector);

  it('shows nothing before the sign-in', async () => {
    await page.getByLabel('Password').fill('wrong');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.waitForLoadState('networkidle');
    expect(await page.locator('img').count()).toBe(0);
    expect(await page.content()).not.toContain('token=');
    const signing = await fetch(`${app.url}/api/sign`, { method: 'POST' });
    expect([signing.status, await signing.json()]).toEqual([401, { message: 'Sign in first' }]);
    expect(await axeProblems(page)).toEqual([]);
  });

  it('uploads a private image, shows it from the CDN only, and makes it public and private', async () => {
    await signIn();
    const key = await add('harbour');
    const newest = `img[alt^="Newest"]`;
    await Promise.all([loaded(newest), loaded('.gallery img')]);

    // Both kinds of component: the token is kept, the size is asked for.
    for (const src of [await addressOf(key), await page.getAttribute(newest, 'src')]) {
      const url = new URL(src ?? '');
      expect(url.href.startsWith(plain(key))).toBe(true);
      expect(url.searchParams.get('token')).toMatch(/^[\w-]+\.[\w-]+$/);
      expect(Number(url.searchParams.get('w'))).toBeGreaterThan(0);
      expect(await statusOf(url.href)).toBe(200);
    }
    expect(await statusOf(plain(key))).toBe(403);

    await page.getByRole('button', { name: `Publish ${key}` }).click();
    const hide = page.getByRole('button', { name: `Hide ${key}` });
    await hide.waitFor();
    expect(await addressOf(key)).not.toContain('token=');
    expect(await statusOf(plain(key))).toBe(200);

    await hide.click();
    await page.getByRole('button', { name: `Publish ${key}` }).waitFor();
    expect(await addressOf(key)).toContain('token=');
    expect(await statusOf(plain(key))).toBe(403);

    // Next removes the title for a moment while it renders a page anew.
    await expect.poll(() => page.title()).toBe('Private gallery');
    expect(await axeProblems(page)).toEqual([]);
    expect(complaints).toEqual([]);
    expect(asked.filter((url) => url.includes('/_next/image'))).toEqual([]);
    const { secretKey, serveSecret } = server.credentials;
    const html = await page.content();
    expect([html.includes(secretKey), html.includes(serveSecret)]).toEqual([false, false]);
  });

  // A normal run starts Firefox for firefox.test.ts only.
  it.each(shortOrLong<readonly string[]>([], ['Firefox']))(
    'is the same in %s',
    async () => {
      const firefox = await startFirefox();
      const folder = await temporaryFolder();
      try {
        const inFirefox = await newProfile(firefox);
        await inFirefox.goto(app.url);
        await inFirefox.locator('input[type=password]').fill(PASSWORD);
        await inFirefox.locator('::-p-text(Sign in)').click();
        const path = join(folder, 'pier.jpg');
        await writeFile(path, await drawing(400, 300).jpeg().toBuffer());
        await chooseFiles(inFirefox, path);
        const tile = '.gallery img[alt*="pier"]';
        for (const [token, click] of [
          ['[src*="token="]', 'Publish'],
          [':not([src*="token="])', 'Hide'],
          ['[src*="token="]', null],
        ]) {
          await waitForImage(inFirefox, `${tile}${token}`);
          if (click !== null)
            await inFirefox.locator(`button[aria-label^="${click}"][aria-label*="pier"]`).click();
        }
      } finally {
        await firefox.close();
        await removeFolder(folder);
      }
    },
    BROWSER_START_MS,
  );

  it('has no optimizer that would cache a private image', async () => {
    const signed = encodeURIComponent(server.sample.signed);
    const response = await fetch(`${app.url}/_next/image?url=${signed}&w=640&q=75`);
    expect([400, 404]).toContain(response.status);
    expect(response.headers.get('content-type') ?? '').not.toMatch(/^image\//);
  });

  it('signs for windows of five minutes, and its pages are not cacheable', async () => {
    await signIn();
    const key = await add('mole');
    const [payload = ''] =
      new URL(await addressOf(key)).searchParams.get('token')?.split('.') ?? [];
    const { f, iat, exp } = JSON.parse(Buffer.from(payload, 'base64url').toString());
    expect([f, iat % 300, exp - iat]).toEqual([key, 0, 900]);
    const response = await page.reload();
    expect(response?.headers()['cache-control']).toMatch(/no-store/);
  });

  // The last one: the page keeps its clock.
  it('renews all links of the gallery in one request', async () => {
    await page.clock.install();
    await page.reload();
    await signIn();
    const keys = [await add('bow'), await add('stern')];
    const renewal = page.waitForRequest((request) => 'next-action' in request.headers());
    const renewals: string[] = [];
    page.on('request', (request) => {
      if ('next-action' in request.headers()) renewals.push(request.postData() ?? '');
    });
    // When every link has expired.
    await page.clock.fastForward(20 * 60_000);
    await (await renewal).response();
    await page.clock.runFor(1000);
    expect(renewals).toHaveLength(1);
    for (const key of keys) expect(renewals[0]).toContain(key);
    expect(complaints).toEqual([]);
  });
});
