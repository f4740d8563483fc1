// @vitest-environment happy-dom
import { act } from 'react';
import { createRoot, type Root } from 'react-dom/client';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { AuraImage, AuraProvider, type RefreshUrls } from './index.js';

const CDN = 'https://cdn.example';
let root: Root;
let page: HTMLElement;

beforeEach(() => {
  vi.stubGlobal('IS_REACT_ACT_ENVIRONMENT', true);
  vi.useFakeTimers({ now: 1_700_000_000_000 });
  // No image is loaded here; one that failed would be renewed at once.
  vi.spyOn(HTMLImageElement.prototype, 'complete', 'get').mockReturnValue(false);
  page = document.createElement('div');
  root = createRoot(page);
});
afterEach(async () => {
  await act(async () => root.unmount());
  vi.restoreAllMocks();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** A URL of an image whose token expires in so many seconds. */
function signed(key: string, seconds: number): string {
  const payload = btoa(JSON.stringify({ f: key, exp: Math.floor(Date.now() / 1000) + seconds }));
  return `${CDN}/my-app/${key}?token=${payload.replace(/=/g, '')}.c2ln`;
}

const signAll: RefreshUrls = (keys) => keys.map((key) => signed(key, 600));
const addresses = () => [...page.querySelectorAll('img')].map(({ src }) => src.split('&')[0]);

async function show(urls: readonly string[], refreshUrls: RefreshUrls, own?: () => string) {
  const images = urls.map((src) => (
    <AuraImage key={src} src={src} alt="" width={4} {...(own && { refreshUrl: own })} />
  ));
  await act(async () =>
    root.render(
      <AuraProvider cdnUrl={CDN} refreshUrls={refreshUrls}>
        {images}
      </AuraProvider>,
    ),
  );
}
const passing = (seconds: number) => act(() => vi.advanceTimersByTimeAsync(seconds * 1000));

it('renews all images of a page in one call, and asks for an image that is there twice once', async () => {
  const refreshUrls = vi.fn(signAll);
  const keys = ['users/42/avatar', 'abc123xyz0-b.jpg', 'c'];
  const small = `${signed('c', 600)}&fmt=webp`;
  const before = [...keys.map((key) => signed(key, 600)), small];
  await show([...before, `${CDN}/my-app/public`], refreshUrls);
  await passing(541);
  expect(refreshUrls.mock.calls).toEqual([[keys]]);
  const renewed = signed('c', 600).length;
  expect(addresses()).toHaveLength(5);
  for (const [at, url] of before.entries()) expect(addresses()[at], url).not.toBe(url);
  expect(addresses()[3]).toHaveLength(renewed);
});

it('asks for at most 100 images in one call', async () => {
  const refreshUrls = vi.fn(signAll);
  await show(
    Array.from({ length: 130 }, (_, at) => signed(`n${at}`, 600)),
    refreshUrls,
  );
  await passing(541);
  expect(refreshUrls.mock.calls.map(([keys]) => keys.length)).toEqual([100, 30]);
});

it('leaves an image alone that has a refreshUrl of its own', async () => {
  const refreshUrls = vi.fn(signAll);
  const own = vi.fn(() => signed('a', 600));
  await show([signed('a', 600)], refreshUrls, own);
  await passing(541);
  expect([refreshUrls.mock.calls.length, own.mock.calls.length]).toEqual([0, 1]);
});

it('keeps the URL of an image that the user may not see any more, and renews the others', async () => {
  const urls = [signed('a', 600), signed('b', 600)];
  await show(urls, (keys) => keys.map((key) => (key === 'a' ? null : signed(key, 600))));
  await passing(541);
  expect(addresses()[0]).toBe(urls[0]);
  expect(addresses()[1]).not.toBe(urls[1]);
});
