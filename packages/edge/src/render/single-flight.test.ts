import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createSingleFlight } from './single-flight.js';

const never = new AbortController().signal;

describe('single flight', () => {
  it('shares the work of a key, and of no other key', async () => {
    const singleFlight = createSingleFlight<string>(undefined);
    const begun: string[] = [];
    const work = (name: string) => async () => {
      begun.push(name);
      await Promise.resolve();
      return name;
    };
    const joined = ['a', 'a', 'b', 'a'].map((key) => singleFlight.run(key, never, work(key)));
    expect(await Promise.all(joined)).toEqual(['a', 'a', 'b', 'a']);
    expect(begun).toEqual(['a', 'b']);
    await singleFlight.run('a', never, work('a'));
    expect(begun).toEqual(['a', 'b', 'a']);
  });

  it('passes a failure to every waiting caller, and starts anew after it', async () => {
    const singleFlight = createSingleFlight<string>(undefined);
    const fail = () => Promise.reject(new Error('no'));
    const both = [singleFlight.run('a', never, fail), singleFlight.run('a', never, fail)];
    expect((await Promise.allSettled(both)).map(({ status }) => status)).toEqual([
      'rejected',
      'rejected',
    ]);
    expect(await singleFlight.run('a', never, async () => 'yes')).toBe('yes');
  });

  it('continues while a caller waits, and aborts with the last', async () => {
    const singleFlight = createSingleFlight<string>(undefined);
    const [first, second] = [new AbortController(), new AbortController()];
    let given: AbortSignal | undefined;
    let finish: (value: string) => void = () => {};
    const work = (signal: AbortSignal) => {
      given = signal;
      return new Promise<string>((resolve) => {
        finish = resolve;
      });
    };
    const one = singleFlight.run('a', first.signal, work);
    const two = singleFlight.run('a', second.signal, work);
    first.abort();
    await expect(one).rejects.toThrow(/abort/i);
    expect(given?.aborted).toBe(false);
    second.abort();
    await expect(two).rejects.toThrow(/abort/i);
    expect(given?.aborted).toBe(true);
    // What goes on all the same is not done twice.
    const three = singleFlight.run('a', never, async () => 'anew');
    finish('late');
    expect(await three).toBe('late');
  });

  it('does not fail a later caller when earlier ones abort', async () => {
    const singleFlight = createSingleFlight<string>(undefined);
    const gone = new AbortController();
    const work = (signal: AbortSignal) =>
      new Promise<string>((_, reject) => {
        signal.addEventListener('abort', () => setTimeout(() => reject(signal.reason)));
      });
    const one = singleFlight.run('a', gone.signal, work);
    gone.abort();
    await expect(one).rejects.toThrow(/abort/i);
    expect(await singleFlight.run('a', never, async () => 'anew')).toBe('anew');
  });

  it('starts anew for those who joined work that never ends', async () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const singleFlight = createSingleFlight<string>(60_000);
    void singleFlight.run('a', undefined, () => new Promise<string>(() => {}));
    await vi.advanceTimersByTimeAsync(30_000);
    let begun = 0;
    const work = () =>
      new Promise<string>((resolve) => {
        setTimeout(resolve, 1000, `${++begun}`);
      });
    const joined = [1, 2].map(() => singleFlight.run('a', never, work));
    await vi.advanceTimersByTimeAsync(29_000);
    expect(begun).toBe(0);
    await vi.advanceTimersByTimeAsync(2000);
    expect(await Promise.all(joined)).toEqual(['1', '1']);
  });

  it('without a longest wait joins work however long it takes', async () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const singleFlight = createSingleFlight<string>(undefined);
    const work = () => new Promise<string>((resolve) => setTimeout(resolve, 21 * 60_000, 'first'));
    const first = singleFlight.run('a', never, work);
    const joined = singleFlight.run('a', never, async () => 'anew');
    await vi.advanceTimersByTimeAsync(21 * 60_000);
    expect(await Promise.all([first, joined])).toEqual(['first', 'first']);
  });

  it('does not start for a caller whose signal has aborted', async () => {
    const singleFlight = createSingleFlight<string>(undefined);
    const work = () => Promise.reject(new Error('begun'));
    await expect(singleFlight.run('a', AbortSignal.abort(), work)).rejects.toThrow(/abort/i);
  });
});
