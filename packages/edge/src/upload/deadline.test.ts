import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { bodyDeadline } from './deadline.js';

const TIMES = { bodyIdleMs: 1000, bodyTotalMs: 5000 };

describe('bodyDeadline', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('aborts when nothing arrives for the idle time', () => {
    const { signal, touch } = bodyDeadline(new AbortController().signal, TIMES);
    vi.advanceTimersByTime(900);
    touch();
    vi.advanceTimersByTime(900);
    expect(signal.aborted).toBe(false);
    vi.advanceTimersByTime(200);
    expect(signal.reason).toMatchObject({ code: 'body_timeout' });
  });

  it('aborts at the total time however busy the sender is', () => {
    const { signal, touch } = bodyDeadline(new AbortController().signal, TIMES);
    for (let i = 0; i < 10; i++) {
      vi.advanceTimersByTime(490);
      touch();
    }
    expect(signal.aborted).toBe(false);
    vi.advanceTimersByTime(200);
    expect(signal.reason).toMatchObject({ code: 'body_timeout' });
  });

  it('aborts when the client goes, at once where it has gone already', () => {
    const client = new AbortController();
    const { signal } = bodyDeadline(client.signal, TIMES);
    client.abort();
    expect(signal.reason).toMatchObject({ code: 'body_incomplete' });
    expect(bodyDeadline(client.signal, TIMES).signal.aborted).toBe(true);
  });

  it('leaves no timer behind', () => {
    const { signal, clear } = bodyDeadline(new AbortController().signal, TIMES);
    clear();
    expect(vi.getTimerCount()).toBe(0);
    vi.advanceTimersByTime(10_000);
    expect(signal.aborted).toBe(false);
  });
});
