import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createInterruptibleWait } from './interruptible-wait.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it.each([
  ['an interrupt', (interrupt: () => void) => interrupt()],
  ['its time', () => void vi.advanceTimersByTime(1000)],
])('has a timer until it goes on after %s', async (_, end) => {
  const idle = createInterruptibleWait();
  const waiting = idle.wait(1000, new AbortController().signal);
  end(idle.interrupt);
  // Another request may have interrupted it: Workers cancels a request that waits without a timer.
  expect(vi.getTimerCount()).toBe(1);
  await waiting;
  expect(vi.getTimerCount()).toBe(0);
});
