// @vitest-environment happy-dom
import { act, StrictMode } from 'react';
import { createRoot, type Root } from 'react-dom/client';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type RenewalOptions, useRenewedUrl } from './use-renewed-url.js';

const NOW = 1_700_000_000_000;
let root: Root;
let image: ReturnType<typeof useRenewedUrl>;

beforeEach(() => {
  vi.stubGlobal('IS_REACT_ACT_ENVIRONMENT', true);
  vi.useFakeTimers({ now: NOW });
  root = createRoot(document.createElement('div'));
});
afterEach(async () => {
  await act(async () => root.unmount());
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** A URL that expires in so many seconds by the browser's clock. */
function expiring(seconds: number): string {
  const payload = btoa(JSON.stringify({ exp: (Date.now() + seconds * 1000) / 1000 }));
  return `https://cdn.example/my-app/a.jpg?token=${payload.replace(/=/g, '')}.c2ln`;
}

function Shown({ source, ...options }: RenewalOptions & { readonly source: string }) {
  image = useRenewedUrl(source, options, async () => {});
  return null;
}

async function show(source: string, options: RenewalOptions): Promise<void> {
  await act(async () =>
    root.render(
      <StrictMode>
        <Shown source={source} {...options} />
      </StrictMode>,
    ),
  );
}

const passing = (seconds: number) => act(() => vi.advanceTimersByTimeAsync(seconds * 1000));

it('renews each URL shortly before it expires', async () => {
  const refreshUrl = vi.fn(() => expiring(600));
  await show(expiring(600), { refreshUrl });
  await passing(539);
  expect(refreshUrl).toHaveBeenCalledTimes(0);
  await passing(2);
  expect(refreshUrl).toHaveBeenCalledTimes(1);
  await passing(540);
  expect(refreshUrl).toHaveBeenCalledTimes(2);
});

it('does not loop if the clock of the browser is ahead', async () => {
  const refreshUrl = vi.fn(() => expiring(1));
  await show(expiring(1), { refreshUrl });
  await passing(600);
  expect(refreshUrl).toHaveBeenCalledTimes(1);
});

it('does not renew again if a renewed URL fails to load', async () => {
  const refreshUrl = vi.fn(() => expiring(700));
  const onExpired = vi.fn();
  await show(expiring(600), { refreshUrl, onExpired });
  await act(async () => image.onError());
  await act(async () => image.onError());
  await passing(3600);
  expect(refreshUrl).toHaveBeenCalledTimes(1);
  expect(onExpired).toHaveBeenCalledTimes(1);
});

it('calls onExpired if the renewed URL is the one that failed', async () => {
  const source = expiring(600);
  const onExpired = vi.fn();
  await show(source, { refreshUrl: () => source, onExpired });
  await act(async () => image.onError());
  expect(onExpired).toHaveBeenCalledTimes(1);
});
