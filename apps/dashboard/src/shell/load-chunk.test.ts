// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { loadChunk } from './load-chunk.js';

const reload = vi.fn();
beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('location', { reload });
  sessionStorage.clear();
  reload.mockReset();
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const FAILED = new TypeError('Failed to fetch dynamically imported module');
const module = { Page: 'page' };

it('loads a part at once', async () => {
  expect(await loadChunk(async () => module)).toBe(module);
});

it('tries again until the server answers, and leaves the page as it is', async () => {
  const answers = [new TypeError('refused'), new Response('', { status: 502 }), new Response('')];
  vi.stubGlobal('fetch', async () => {
    const answer = answers.shift();
    if (answer instanceof Response) return answer;
    throw answer;
  });
  const load = vi.fn().mockRejectedValueOnce(FAILED).mockResolvedValue(module);
  const loading = loadChunk(load);
  await vi.advanceTimersByTimeAsync(1000);
  expect(load).toHaveBeenCalledTimes(1);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(await loading).toBe(module);
  expect(load).toHaveBeenCalledTimes(2);
  expect(reload).not.toHaveBeenCalled();
});

it('reloads the page once if the server answers without the part: it has another version', async () => {
  vi.stubGlobal('fetch', async () => new Response(''));
  const load = vi.fn().mockRejectedValue(FAILED);
  void loadChunk(load);
  await vi.advanceTimersByTimeAsync(0);
  expect(reload).toHaveBeenCalledTimes(1);
  await expect(loadChunk(load)).rejects.toBe(FAILED);
  expect(reload).toHaveBeenCalledTimes(1);
});
