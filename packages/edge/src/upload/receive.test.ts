import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { bodyDeadline } from './receive.js';

const TIMES = { bodyIdleMs: 1000, bodyTotalMs: 5000 };
const LONG = { bodyIdleMs: 60_000, bodyTotalMs: 300_000 };

/** Receives a chunk at the start of each second. */
function trickle(touch: (bytes: number) => void, bytes: number, seconds: number): void {
  for (let second = 0; second < seconds; second++) {
    touch(bytes);
    vi.advanceTimersByTime(1000);
  }
}

describe('bodyDeadline', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('aborts after the idle timeout', () => {
    const { signal, touch } = bodyDeadline(new AbortController().signal, TIMES);
    vi.advanceTimersByTime(900);
    touch(50_000);
    vi.advanceTimersByTime(900);
    expect(signal.aborted).toBe(false);
    vi.advanceTimersByTime(200);
    expect(signal.reason).toMatchObject({ code: 'body_timeout' });
  });

  it('aborts after the total timeout, even if bytes keep arriving', () => {
    const { signal, touch } = bodyDeadline(new AbortController().signal, TIMES);
    for (let i = 0; i < 10; i++) {
      vi.advanceTimersByTime(490);
      touch(50_000);
    }
    expect(signal.aborted).toBe(false);
    vi.advanceTimersByTime(200);
    expect(signal.reason).toMatchObject({ code: 'body_timeout' });
  });

  it('aborts a body that brings less than 4 KB a second over 30 seconds', () => {
    const { signal, touch } = bodyDeadline(new AbortController().signal, LONG);
    trickle(touch, 4000, 29);
    expect(signal.aborted).toBe(false);
    trickle(touch, 4000, 2);
    expect(signal.reason).toMatchObject({ code: 'body_too_slow' });
  });

  it('does not abort a body of just that rate, nor one that pauses', () => {
    const { signal, touch } = bodyDeadline(new AbortController().signal, LONG);
    trickle(touch, 4096, 120);
    trickle(touch, 100_000, 10);
    trickle(touch, 0, 25);
    trickle(touch, 100_000, 10);
    expect(signal.aborted).toBe(false);
    trickle(touch, 10, 40);
    expect(signal.reason).toMatchObject({ code: 'body_too_slow' });
  });

  it('tells the rate once it was measured', () => {
    const { rate, isTooSlow, touch } = bodyDeadline(new AbortController().signal, LONG);
    trickle(touch, 1000, 4);
    expect([rate(), isTooSlow()]).toEqual([Number.POSITIVE_INFINITY, false]);
    trickle(touch, 1000, 6);
    expect([rate(), isTooSlow()]).toEqual([1000, true]);
    trickle(touch, 19_000, 10);
    expect([rate(), isTooSlow()]).toEqual([10_000, false]);
  });

  it('aborts when the client disconnects, and immediately if it already has', () => {
    const client = new AbortController();
    const { signal } = bodyDeadline(client.signal, TIMES);
    client.abort();
    expect(signal.reason).toMatchObject({ code: 'body_incomplete' });
    expect(bodyDeadline(client.signal, TIMES).signal.aborted).toBe(true);
  });

  it('leaves no timer running after it is cleared', () => {
    const { signal, clear } = bodyDeadline(new AbortController().signal, TIMES);
    clear();
    expect(vi.getTimerCount()).toBe(0);
    vi.advanceTimersByTime(10_000);
    expect(signal.aborted).toBe(false);
  });
});
