import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { bodyDeadline } from './receive.js';

const TIMES = { bodyIdleMs: 1000, bodyTotalMs: 5000 };

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
    touch();
    vi.advanceTimersByTime(900);
    expect(signal.aborted).toBe(false);
    vi.advanceTimersByTime(200);
    expect(signal.reason).toMatchObject({ code: 'body_timeout' });
  });

  it('aborts after the total timeout, even if bytes keep arriving', () => {
    const { signal, touch } = bodyDeadline(new AbortController().signal, TIMES);
    for (let i = 0; i < 10; i++) {
      vi.advanceTimersByTime(490);
      touch();
    }
    expect(signal.aborted).toBe(false);
    vi.advanceTimersByTime(200);
    expect(signal.reason).toMatchObject({ code: 'body_timeout' });
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
