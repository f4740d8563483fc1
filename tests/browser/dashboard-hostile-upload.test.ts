import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drawing } from '../files/pictures.js';
import type { SharedServer } from '../harness/shared-server.js';
import { upload } from '../harness/upload.js';
import { BROWSER_START_MS } from './support/browser.js';
import { openSharedStage, type Stage, signIn } from './support/dashboard.js';
import { html, type PageServer, servePages } from './support/page-server.js';

const TRY_MS = 120_000;

/** What the file would do if a browser ran it as a page or a script. */
const SCRIPT = 'globalThis.ran=1;document.title="ran";fetch("/v1/auth/me");';

let stage: Stage<SharedServer>;
/** With the cookie of a real sign-in. */
let page: Page;
let neighbour: PageServer;
/** Address of a public file on the dashboard's origin that is an image, a page and a script at once. */
let hostile: string;

beforeAll(async () => {
  stage = await openSharedStage();
  const { email, password } = await stage.owner();
  page = await stage.visit('/dashboard');
  await signIn(page, email, password);
  await page.getByRole('heading', { name: 'Projects' }).waitFor();
  // The two bytes of the width are `/*`: read as a script, the image data is a comment.
  const picture = await drawing(0x2a2f, 2).gif().toBuffer();
  expect(picture.subarray(0, 8).toString('latin1')).toBe('GIF89a/*');
  const polyglot = Buffer.concat([
    picture,
    Buffer.from(
      `*/=1;${SCRIPT}//<html><body><script>${SCRIPT}</script><img src=x onerror='${SCRIPT}'>`,
    ),
  ]);
  const { url, key } = await upload(stage.server, polyglot, 'public', 'page.html.gif');
  expect(Buffer.from(await (await fetch(url)).arrayBuffer()).equals(polyglot)).toBe(true);
  hostile = `${stage.server.appUrl}/${stage.server.credentials.projectName}/${key}`;
  neighbour = await servePages({
    '/': html(`<h1>Another site</h1><iframe src="${stage.server.appUrl}/dashboard"></iframe>`),
  });
}, BROWSER_START_MS);
afterAll(async () => {
  await neighbour?.close();
  await stage?.close();
});

// Each defence was removed once to see these tests fail: the sandbox of the policy, nosniff, or the type
// `text/html` (the first test); the type `text/javascript` (the first two); a cookie for every path (the
// third); `frame-ancestors` and `X-Frame-Options` together (the last one: either is enough).
describe('an uploaded file on the origin of the dashboard, opened by somebody who is signed in', () => {
  it(
    'runs no script and sends no request to the API, as a page and in every kind of frame',
    async () => {
      await page.goto(`${stage.server.appUrl}/dashboard`);
      await page.getByRole('heading', { name: 'Projects' }).waitFor();
      await page.waitForLoadState('networkidle');
      const asked: string[] = [];
      page.on('request', (request) => asked.push(new URL(request.url()).pathname));

      const answer = await page.goto(hostile);
      expect(answer?.status()).toBe(200);
      // For browsers that sniff content types.
      expect(answer?.headers()).toMatchObject({
        'content-type': 'image/gif',
        'x-content-type-options': 'nosniff',
        'content-security-policy': expect.stringContaining('sandbox'),
      });
      expect(await page.evaluate(() => [document.contentType, 'ran' in globalThis])).toEqual([
        'image/gif',
        false,
      ]);
      // Its document has an opaque origin, without access to cookies and storage.
      const own = await page.evaluate(async () => {
        const attempt = async (what: () => unknown) => {
          try {
            return String(await what());
          } catch (error) {
            return (error as Error).name;
          }
        };
        return {
          origin: globalThis.origin,
          cookie: await attempt(() => document.cookie),
          storage: await attempt(() => localStorage.length),
          me: await attempt(async () => (await fetch('/v1/auth/me')).status),
        };
      });
      expect(own).toEqual({
        origin: 'null',
        cookie: 'SecurityError',
        storage: 'SecurityError',
        me: 'TypeError',
      });
      expect(asked.filter((path) => path.startsWith('/v1/'))).toEqual([]);
    },
    TRY_MS,
  );

  it(
    'cannot be loaded as a script, style or page by the dashboard',
    async () => {
      await page.goto(`${stage.server.appUrl}/dashboard`);
      await page.getByRole('heading', { name: 'Projects' }).waitFor();
      const ran = await page.evaluate(async (url) => {
        const load = (tag: 'script' | 'iframe' | 'object' | 'embed') =>
          new Promise<void>((resolve) => {
            const element = document.createElement(tag);
            element.setAttribute(tag === 'object' ? 'data' : 'src', url);
            element.addEventListener('load', () => resolve());
            element.addEventListener('error', () => resolve());
            element.addEventListener('securitypolicyviolation', () => resolve());
            document.addEventListener('securitypolicyviolation', () => resolve());
            document.body.append(element);
          });
        await load('script');
        await load('iframe');
        await load('object');
        await load('embed');
        const inFrames = [...document.querySelectorAll('iframe')].map(
          ({ contentDocument }) => contentDocument?.title ?? '',
        );
        return { here: 'ran' in globalThis, title: document.title, inFrames };
      }, hostile);
      expect(ran.here).toBe(false);
      expect(ran.title).not.toBe('ran');
      expect(ran.inFrames).not.toContain('ran');
    },
    TRY_MS,
  );

  it(
    'is fetched without the session: the cookie is sent to the API only, and scripts cannot read it',
    async () => {
      await page.goto(`${stage.server.appUrl}/dashboard`);
      await page.getByRole('heading', { name: 'Projects' }).waitFor();
      const sent = new Map<string, string | undefined>();
      page.on('request', async (request) => {
        const { pathname } = new URL(request.url());
        const seen = (async () => (await request.allHeaders())['cookie'])();
        sent.set(pathname, await seen.catch(() => undefined));
      });
      await page.evaluate(async (url) => {
        await fetch('/v1/auth/me');
        await fetch(url, { credentials: 'include' });
        await fetch('/dashboard', { credentials: 'include' });
      }, hostile);
      await expect.poll(() => sent.size).toBeGreaterThanOrEqual(3);
      expect(sent.get('/v1/auth/me')).toContain('aura_session');
      expect(sent.get(new URL(hostile).pathname)).toBeUndefined();
      expect(sent.get('/dashboard')).toBeUndefined();
      expect(await page.evaluate(() => document.cookie)).toBe('');
      const [cookie] = await page.context().cookies(`${stage.server.appUrl}/v1/`);
      expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Lax', path: '/v1' });
    },
    TRY_MS,
  );
});

describe('the dashboard', () => {
  it(
    'cannot be framed',
    async () => {
      await page.goto(neighbour.url);
      const frame = page.frames().find((one) => one !== page.mainFrame());
      await expect.poll(() => frame?.url()).toMatch(/^chrome-error:/);
      expect(await frame?.content()).not.toContain('Projects');
    },
    TRY_MS,
  );
});
