import type { AuraImageProps } from '@auraimage/react';
import { signServeToken } from '@auraimage/sdk/server';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { createElement } from 'react';
import { renderToString } from 'react-dom/server';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { drawing } from '../files/pictures.js';
import { type SharedServer, sharedServer } from '../harness/shared-server.js';
import { type Uploaded, upload } from '../harness/upload.js';
import { ImageApp } from './pages/image-app.js';
import { axeProblems } from './support/axe.js';
import { BROWSER_START_MS, sharedBrowser, type TestBrowser, VIEWPORT } from './support/browser.js';
import { watchForComplaints } from './support/complaints.js';
import { bundle, html, type PageFile, type PageServer, servePages } from './support/page-server.js';

const IMAGES = '**/*w=*';

describe('<AuraImage> in a browser', () => {
  let browser: TestBrowser;
  let server: SharedServer;
  let image: Uploaded;
  const files: Record<string, PageFile> = {};
  let pages: PageServer;
  let page: Page;
  /** For scenes that need no settings of their own: a page has the program already. By density. */
  const common = new Map<number, Page>();
  let scene: Scene = {};
  const complaints: string[] = [];

  beforeAll(async () => {
    browser = await sharedBrowser();
    server = await sharedServer();
    image = await upload(server, await drawing(400, 300).jpeg().toBuffer(), 'private');
    files['/page.js'] = await bundle(new URL('pages/image-page.tsx', import.meta.url));
    pages = await servePages(files);
  }, BROWSER_START_MS);

  afterEach(async () => {
    if (![...common.values()].includes(page)) return page?.context().close();
    await page.unrouteAll({ behavior: 'ignoreErrors' });
    await page.setViewportSize(VIEWPORT);
    await page.emulateMedia({ reducedMotion: null });
  });

  afterAll(async () => {
    await browser?.close();
    await pages?.close();
  });

  interface Scene {
    /** A page with a profile of its own. */
    readonly context?: BrowserContextOptions;
    readonly density?: number;
    /** The response to the image's request for a new URL. */
    readonly renew?: () => Promise<string>;
    readonly expired?: () => void;
    /** Called right before the page is loaded. */
    readonly prepare?: () => Promise<void>;
  }

  /** Renders on the server, as a framework does, and hydrates the page. */
  async function show(props: AuraImageProps, next: Scene = {}): Promise<void> {
    scene = next;
    const given = { image: props, renews: scene.renew !== undefined };
    const root = `<div id="root">${renderToString(createElement(ImageApp, given))}</div>`;
    const data = JSON.stringify(given).replace(/</g, '\\u003c');
    const alive = `<script type="application/json" id="props">${data}</script><script type="module" src="/page.js"></script>`;
    files['/'] = html(root + alive);
    complaints.length = 0;
    const { context, density = 1 } = scene;
    page =
      (!context && common.get(density)) || (await open({ deviceScaleFactor: density, ...context }));
    if (!context) common.set(density, page);
    await scene.prepare?.();
    await page.goto(pages.url);
  }

  async function open(options: BrowserContextOptions): Promise<Page> {
    const opened = await (await browser.newContext(options)).newPage();
    watchForComplaints(opened, complaints);
    await opened.exposeFunction('renew', () => scene.renew?.() ?? '');
    await opened.exposeFunction('expired', () => scene.expired?.());
    return opened;
  }

  const loaded = () =>
    page.waitForFunction(() => (document.querySelector('img')?.naturalWidth ?? 0) > 0);
  const widthOf = async () =>
    new URL(
      await page.evaluate(() => document.querySelector('img')?.currentSrc ?? ''),
    ).searchParams.get('w');
  const afterTop = () =>
    page.evaluate(() => document.querySelector('#after')?.getBoundingClientRect().top);
  const signed = () => server.aura.getSignedUrl(image.key);

  /** Signs a URL that is valid for a number of seconds, or has expired. */
  async function signedFor(seconds: number): Promise<string> {
    const { projectName, serveSecret, cdnUrl } = server.credentials;
    const exp = Math.floor(Date.now() / 1000) + seconds;
    const token = await signServeToken({ p: projectName, f: image.key, exp }, serveSecret);
    return `${cdnUrl}/${projectName}/${image.key}?token=${token}`;
  }

  /** Holds the image's response until released. */
  function hold() {
    let letGo = () => {};
    const gone = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    const prepare = async () => {
      await page.route(IMAGES, async (route) => {
        await gone;
        await route.continue();
      });
    };
    return { prepare, letGo: () => letGo() };
  }

  it.each([
    [400, 1, '480'],
    [400, 2, '800'],
    [1200, 1, '800'],
    [1200, 2, '1600'],
  ])(
    'loads the right size into a window of %i pixels at the density %i',
    async (width, density, w) => {
      const src = await signed();
      await show(
        { src, alt: 'A drawing', width: 800, height: 600 },
        { density, prepare: () => page.setViewportSize({ width, height: 800 }) },
      );
      await loaded();
      expect(await widthOf()).toBe(w);
      expect(complaints).toEqual([]);
    },
  );

  it('is visible without JavaScript', async () => {
    const src = await signed();
    let answering: ReturnType<Page['waitForResponse']> | undefined;
    await show(
      { src, alt: 'A drawing', width: 800, height: 600, blurhash: image.blurhash },
      {
        context: { javaScriptEnabled: false },
        prepare: async () => {
          answering = page.waitForResponse((response) => response.url().includes('w=800'));
        },
      },
    );
    const answer = await answering;
    expect([answer?.status(), await answer?.finished()]).toEqual([200, null]);
    expect(answer?.headers()['content-type']).toMatch(/^image\//);
    const box = await page.locator('img').boundingBox();
    expect([box?.width, box?.height]).toEqual([800, 600]);
    expect(await page.locator('img').getAttribute('style')).not.toContain('opacity');
  });

  it.each(['blurhash', 'lqip', 'empty'] as const)(
    'shifts nothing when it comes, after %s',
    async (placeholder) => {
      const { prepare, letGo } = hold();
      const src = await signed();
      // Other proportions than the file: the reserved space counts.
      const props = { src, alt: 'A drawing', width: 400, height: 150, placeholder };
      await show({ ...props, blurhash: image.blurhash }, { prepare });
      await page.waitForFunction(() => document.querySelector('img')?.complete === false);
      const before = await afterTop();
      letGo();
      await loaded();
      expect(await afterTop()).toBe(before);
      expect(await page.locator('img').boundingBox()).toMatchObject({ width: 400, height: 150 });
      expect(complaints).toEqual([]);
    },
  );

  it.each([
    ['no-preference', 'opacity 300ms'],
    ['reduce', ''],
  ] as const)(
    'fades in over its placeholder, unless reduced motion is preferred: %s',
    async (reducedMotion, fade) => {
      const { prepare: holdBack, letGo } = hold();
      const src = await signed();
      const props = { src, alt: '', width: 400, height: 300, blurhash: image.blurhash };
      const prepare = async () => {
        await page.emulateMedia({ reducedMotion });
        await holdBack();
      };
      await show(props, { prepare });
      await page.waitForFunction(() => document.querySelector('img')?.style.opacity === '0');
      expect(await page.locator('span:has(img)').getAttribute('style')).toContain('data:image/bmp');
      await page.evaluate(() => {
        const img = document.querySelector('img');
        if (img === null) return;
        Object.assign(globalThis, { fades: [] as string[] });
        new MutationObserver(() => {
          const { fades } = globalThis as unknown as { fades: string[] };
          fades.push(img.style.transition);
        }).observe(img, { attributes: true, attributeFilter: ['style'] });
      });
      letGo();
      await page.waitForFunction(
        () => document.querySelector<HTMLElement>('span:has(img)')?.style.backgroundImage === '',
      );
      expect(await page.evaluate(() => document.querySelector('img')?.style.opacity)).toBe('');
      const fades = await page.evaluate(() => (globalThis as unknown as { fades: string[] }).fades);
      expect(fades.filter((text) => text !== '')).toEqual(fade === '' ? [] : [fade]);
    },
  );

  it('renews its URL before it expires, without going blank', async () => {
    let next = '';
    let asked = 0;
    const refusals: number[] = [];
    const renew = async () => {
      asked++;
      // Within one second, the same expiry would give the same URL.
      next = await signedFor(7200);
      return next;
    };
    await show(
      { src: await signedFor(3600), alt: '', width: 400, height: 300 },
      {
        renew,
        // A page keeps its clock and its init scripts.
        context: {},
        prepare: async () => {
          await page.clock.install();
          page.on('response', (response) => void refusals.push(response.status()));
          await page.addInitScript(() => {
            const seen = { blank: 0, wasThere: false };
            Object.assign(globalThis, { seen });
            const look = () => {
              const there = (document.querySelector('img')?.naturalWidth ?? 0) > 0;
              if (seen.wasThere && !there) seen.blank++;
              seen.wasThere ||= there;
              requestAnimationFrame(look);
            };
            look();
          });
        },
      },
    );
    await loaded();
    // The image may load before hydration; its timer starts then.
    await page.locator('html[data-alive]').waitFor();
    const old = await page.evaluate(() => document.querySelector('img')?.src);
    await page.clock.fastForward('58:30');
    expect(asked).toBe(0);
    await page.clock.fastForward('01:00');
    await page.waitForFunction((old) => document.querySelector('img')?.src !== old, old);
    const token = new URL(next).searchParams.get('token');
    const current = await page.evaluate(() => document.querySelector('img')?.currentSrc ?? '');
    expect(new URL(current).searchParams.get('token')).toBe(token);
    const seen = await page.evaluate(() => (globalThis as unknown as { seen: unknown }).seen);
    expect(seen).toEqual({ blank: 0, wasThere: true });
    expect([asked, refusals.filter((status) => status === 403)]).toEqual([1, []]);
    expect(complaints).toEqual([]);
  });

  it('renews its URL once after a 403, and loads', async () => {
    let asked = 0;
    const renew = () => {
      asked++;
      return signedFor(3600);
    };
    await show({ src: await signedFor(-60), alt: '', width: 400, height: 300 }, { renew });
    await loaded();
    expect(asked).toBe(1);
  });

  it('stops and calls onExpired if the new URL fails too', async () => {
    let asked = 0;
    let gaveUp = () => {};
    const given = new Promise<void>((resolve) => {
      gaveUp = resolve;
    });
    const renew = () => {
      asked++;
      return signedFor(-30);
    };
    const src = await signedFor(-60);
    await show(
      { src, alt: 'A drawing', width: 400, blurhash: image.blurhash },
      { renew, expired: gaveUp },
    );
    await given;
    await page.waitForLoadState('networkidle');
    expect(asked).toBe(1);
    // The alternative text is readable.
    expect(await page.evaluate(() => document.querySelector('img')?.style.opacity)).toBe('');
  });

  it('has no accessibility problems (axe)', async () => {
    const src = await signed();
    await show({ src, alt: 'A drawing', width: 400, height: 300, blurhash: image.blurhash });
    await loaded();
    expect(await axeProblems(page)).toEqual([]);
  });
});
