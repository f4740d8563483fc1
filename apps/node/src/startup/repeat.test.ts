import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { repeat } from './repeat.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it('runs now and in each interval, whatever fails', async () => {
  const failures: unknown[] = [];
  let runs = 0;
  const work = async () => {
    runs++;
    throw new Error(`run ${runs}`);
  };
  const stop = repeat(work, 1000, (failure) => failures.push(failure));
  expect(runs).toBe(1);
  await vi.advanceTimersByTimeAsync(2999);
  expect(runs).toBe(3);
  expect(failures).toHaveLength(3);
  stop();
  await vi.advanceTimersByTimeAsync(5000);
  expect(runs).toBe(3);
});

it('does not begin while the last run continues', async () => {
  let runs = 0;
  let end = () => {};
  const work = () => {
    runs++;
    return new Promise<void>((resolve) => {
      end = resolve;
    });
  };
  const stop = repeat(work, 1000, () => {});
  await vi.advanceTimersByTimeAsync(3500);
  expect(runs).toBe(1);
  end();
  await vi.advanceTimersByTimeAsync(500);
  expect(runs).toBe(2);
  stop();
});

it('aborts the run in progress when it is stopped', async () => {
  const failures: unknown[] = [];
  let given: AbortSignal | undefined;
  const work = (signal: AbortSignal) => {
    given = signal;
    return new Promise<void>((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason));
    });
  };
  const stop = repeat(work, 1000, (failure) => failures.push(failure));
  expect(given?.aborted).toBe(false);
  stop();
  expect(given?.aborted).toBe(true);
  await vi.advanceTimersByTimeAsync(0);
  expect(failures).toEqual([]);
});
