import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createSignedUrls } from './signed-urls.js';

const HOUR_MS = 3_600_000;

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const LIFE_SECONDS = HOUR_MS / 1000;

function setUp({ atOnce = 500, fails = 0 } = {}) {
  let round = 0;
  const sign = vi.fn(async (keys: string[]) => {
    round += 1;
    if (round <= fails) throw new Error('no answer');
    const mine = round;
    return { urls: keys.map((key) => ({ key, url: `${key}?token=${mine}` })) };
  });
  return { sign, store: createSignedUrls({ sign, atOnce, lifeSeconds: LIFE_SECONDS }) };
}

describe('createSignedUrls', () => {
  it('signs what is wanted at the same time at once, in parts of the allowed size', async () => {
    const { sign, store } = setUp({ atOnce: 2 });
    const changed = vi.fn();
    for (const key of ['a', 'b', 'c']) store.subscribe(key, changed);
    expect(store.get('a')).toBeNull();
    await vi.advanceTimersByTimeAsync(100);
    expect(sign.mock.calls).toEqual([[['a', 'b']], [['c']]]);
    expect(store.get('a')).toBe('a?token=1');
    expect(changed).toHaveBeenCalledTimes(3);
  });

  it('tells of what could not be signed, until it is', async () => {
    const { store } = setUp({ fails: 1 });
    const changed = vi.fn();
    store.subscribe('a', changed);
    await vi.advanceTimersByTimeAsync(100);
    expect([store.failed('a'), changed.mock.calls.length]).toEqual([true, 1]);
    await vi.advanceTimersByTimeAsync(6000);
    expect([store.failed('a'), store.get('a')]).toEqual([false, 'a?token=2']);
  });

  it('tells why, as long as anybody waits, and tries again at once when it is told to', async () => {
    const { sign, store } = setUp({ fails: 2 });
    const heard = vi.fn();
    store.onProblem(heard);
    const leave = store.subscribe('a', () => {});
    await vi.advanceTimersByTimeAsync(100);
    expect(store.problem()).toMatchObject({ message: 'no answer' });
    store.retry();
    await vi.advanceTimersByTimeAsync(100);
    expect(sign).toHaveBeenCalledTimes(2);
    leave();
    await vi.advanceTimersByTimeAsync(6000);
    expect(store.problem()).toBeNull();
    store.subscribe('a', () => {});
    await vi.advanceTimersByTimeAsync(100);
    expect([store.get('a'), store.problem()]).toEqual(['a?token=3', null]);
    expect(heard).toHaveBeenCalled();
  });

  it('does not sign what nobody wants any more', async () => {
    const { sign, store } = setUp();
    store.subscribe('a', () => {})();
    await vi.advanceTimersByTimeAsync(100);
    expect(sign).not.toHaveBeenCalled();
  });

  it('renews what is shown before it expires, and keeps the old one until then', async () => {
    const { sign, store } = setUp();
    store.subscribe('a', () => {});
    await vi.advanceTimersByTimeAsync(HOUR_MS * 0.7);
    expect(sign).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(HOUR_MS * 0.2);
    expect(store.get('a')).toBe('a?token=2');
    expect(sign).toHaveBeenCalledTimes(2);
  });

  it('does not renew what nobody shows, but signs it anew when it is shown again', async () => {
    const { sign, store } = setUp();
    const leave = store.subscribe('a', () => {});
    await vi.advanceTimersByTimeAsync(100);
    leave();
    await vi.advanceTimersByTimeAsync(HOUR_MS * 2);
    expect(sign).toHaveBeenCalledTimes(1);
    store.subscribe('a', () => {});
    expect(store.get('a')).toBeNull();
    await vi.advanceTimersByTimeAsync(100);
    expect(store.get('a')).toBe('a?token=2');
  });

  it('asks again after a failure, as long as it is wanted', async () => {
    const { sign, store } = setUp({ fails: 1 });
    store.subscribe('a', () => {});
    await vi.advanceTimersByTimeAsync(100);
    expect(store.get('a')).toBeNull();
    await vi.advanceTimersByTimeAsync(6000);
    expect(sign).toHaveBeenCalledTimes(2);
    expect(store.get('a')).toBe('a?token=2');
  });

  it('asks no faster however long nobody answers', async () => {
    const { sign, store } = setUp({ fails: Number.POSITIVE_INFINITY });
    store.subscribe('a', () => {});
    await vi.advanceTimersByTimeAsync(600_000);
    expect(sign.mock.calls.length).toBeGreaterThan(50);
    expect(sign.mock.calls.length).toBeLessThanOrEqual(121);
  });

  it('replaces all that it has once another secret signs, shown or not', async () => {
    const { sign, store } = setUp();
    store.subscribe('a', () => {});
    store.subscribe('b', () => {});
    const leave = store.subscribe('c', () => {});
    await vi.advanceTimersByTimeAsync(100);
    leave();
    store.renewAll();
    expect(store.get('a')).toBe('a?token=1');
    expect(store.get('c')).toBeNull();
    await vi.advanceTimersByTimeAsync(100);
    expect(sign.mock.calls[1]).toEqual([['a', 'b']]);
    expect(store.get('a')).toBe('a?token=2');
  });

  it('replaces addresses that were ended, and ignores an answer from before', async () => {
    const answers: ((url: string) => void)[] = [];
    const sign = (keys: string[]) =>
      new Promise<{ urls: { key: string; url: string }[] }>((resolve) => {
        answers.push((url) => resolve({ urls: keys.map((key) => ({ key, url })) }));
      });
    const store = createSignedUrls({ sign, atOnce: 500, lifeSeconds: LIFE_SECONDS });
    store.subscribe('a', () => {});
    await vi.advanceTimersByTimeAsync(100);
    store.renew(['a']);
    await vi.advanceTimersByTimeAsync(100);
    answers[1]?.('new');
    answers[0]?.('old');
    await vi.advanceTimersByTimeAsync(100);
    expect(store.get('a')).toBe('new');
  });
});
