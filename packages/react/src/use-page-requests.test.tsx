import { Window } from 'happy-dom';
import { act, createElement } from 'react';
import { createRoot, type Root } from 'react-dom/client';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { AuraImageProps } from './index.js';

const BLURHASH = 'LEHV6nWB2yk8pyo0adR*.7kCMdnj';
const CDN = 'https://cdn.example';
const TOKEN = 'a_b-c.d-e_f';

/** A page whose images never load, and what it requests and reports. */
async function openPage(answer: () => Promise<Response> = hash) {
  const window = new Window({ url: 'https://shop.example/gallery?secret=1#x' });
  const requested: string[] = [];
  const reports: { url: string; body: string }[] = [];
  const observed: { type: string; report: (startTime: number) => void }[] = [];
  class Observer {
    static supportedEntryTypes = ['largest-contentful-paint'];
    readonly #told: (list: { getEntries: () => object[] }) => void;
    constructor(told: (list: { getEntries: () => object[] }) => void) {
      this.#told = told;
    }
    observe({ type }: { type: string }) {
      const report = (startTime: number) => this.#told({ getEntries: () => [{ startTime }] });
      observed.push({ type, report });
    }
    takeRecords = () => [];
    disconnect() {}
  }
  class Near {
    readonly #told: (entries: object[]) => void;
    constructor(told: (entries: object[]) => void) {
      this.#told = told;
    }
    observe() {
      this.#told([{ isIntersecting: true }]);
    }
    disconnect() {}
  }
  vi.stubGlobal('window', window);
  vi.stubGlobal('document', window.document);
  vi.stubGlobal('location', window.location);
  vi.stubGlobal('matchMedia', () => ({ matches: true }));
  vi.stubGlobal('IntersectionObserver', Near);
  vi.stubGlobal('PerformanceObserver', Observer);
  vi.stubGlobal('IS_REACT_ACT_ENVIRONMENT', true);
  vi.stubGlobal('navigator', {
    userAgent: '',
    sendBeacon: (url: string, body: string) => reports.push({ url, body }) > 0,
  });
  vi.stubGlobal('fetch', (url: string) => {
    requested.push(url);
    return answer();
  });
  Object.defineProperty(window.HTMLImageElement.prototype, 'complete', { get: () => false });
  // Each page has modules of its own, as in a browser.
  vi.resetModules();
  const { AuraImage } = await import('./index.js');
  const container = window.document.createElement('div');
  window.document.body.append(container);
  const root: Root = createRoot(container as unknown as Element);
  const show = async (...images: (Partial<AuraImageProps> & { src: string })[]) => {
    await act(async () =>
      root.render(
        images.map((image, at) =>
          createElement(AuraImage, { alt: '', cdnUrl: CDN, ...image, key: at }),
        ),
      ),
    );
    await act(() => vi.advanceTimersByTimeAsync(200));
  };
  const hide = () => {
    Object.defineProperty(window.document, 'visibilityState', {
      configurable: true,
      get: () => 'hidden',
    });
    window.document.dispatchEvent(new window.Event('visibilitychange'));
  };
  const styles = () =>
    [...window.document.querySelectorAll('img')].map((image) => image.style.backgroundImage);
  return { window, requested, reports, observed, show, hide, styles };
}

async function hash(): Promise<Response> {
  return Response.json({ blurhash: BLURHASH, width: 4, height: 3 });
}

beforeEach(() => vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

it('shows the blurhash that the CDN has, also of a private image', async () => {
  const page = await openPage();
  await page.show({ src: 'my-app/users/42/avatar' }, { src: `${CDN}/my-app/b?token=${TOKEN}&w=4` });
  expect(page.requested).toEqual([
    `${CDN}/v1/blurhash/my-app/users/42/avatar`,
    `${CDN}/v1/blurhash/my-app/b?token=${TOKEN}`,
  ]);
  for (const style of page.styles()) expect(style).toMatch(/^url\("data:image\/bmp;base64,/);
});

it('requests each once, four at a time, and failures not again', async () => {
  const waiting: (() => void)[] = [];
  const page = await openPage(
    () => new Promise((resolve) => waiting.push(() => resolve(new Response('', { status: 404 })))),
  );
  const images = Array.from({ length: 10 }, (_, at) => ({ src: `my-app/image-${at % 5}` }));
  await page.show(...images);
  expect(page.requested).toHaveLength(4);
  for (const end of waiting.splice(0)) end();
  await page.show(...images);
  for (const end of waiting.splice(0)) end();
  await page.show(...images, { src: 'my-app/image-0', id: 'again' });
  expect(new Set(page.requested).size).toBe(5);
  expect(page.requested).toHaveLength(5);
  expect(page.styles().join('')).toBe('');
});

it.each<[string, Partial<AuraImageProps>]>([
  ['a blurhash', { blurhash: BLURHASH }],
  ['priority', { priority: true }],
  ['no placeholder', { placeholder: 'empty' }],
  ['another placeholder', { placeholder: 'lqip' }],
  ['another CDN', { src: 'https://other.example/my-app/a' }],
  ['no image of the CDN', { src: 'data:image/png;base64,AA==' }],
])('requests and reports nothing with %s', async (_, props) => {
  const page = await openPage();
  await page.show({ src: 'my-app/a', ...props });
  page.hide();
  expect([page.requested, page.observed, page.reports]).toEqual([[], [], []]);
});

it('reports the largest contentful paint once, when the page is left', async () => {
  const page = await openPage();
  const signed = { src: `${CDN}/my-app/b?token=${TOKEN}`, telemetry: true, blurhash: BLURHASH };
  await page.show({ src: 'my-app/a', telemetry: true, placeholder: 'empty' }, signed);
  expect(page.observed.map(({ type }) => type)).toEqual(['largest-contentful-paint']);
  page.observed[0]?.report(900);
  page.observed[0]?.report(1234.5);
  expect(page.reports).toEqual([]);
  page.hide();
  page.hide();
  expect(page.reports).toHaveLength(1);
  expect(page.reports[0]?.url).toBe(`${CDN}/v1/telemetry`);
  expect(JSON.parse(page.reports[0]?.body ?? '')).toEqual({
    lcp: 1234.5,
    projectName: 'my-app',
    pathname: '/gallery',
  });
});
