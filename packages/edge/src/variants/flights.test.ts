import { describe, expect, it } from 'vitest';
import { createFlights } from './flights.js';

const never = new AbortController().signal;

describe('flights', () => {
  it('share the work of a key, and of that key alone', async () => {
    const flights = createFlights<string>();
    const begun: string[] = [];
    const work = (name: string) => async () => {
      begun.push(name);
      await Promise.resolve();
      return name;
    };
    const joined = ['a', 'a', 'b', 'a'].map((key) => flights.join(key, never, work(key)));
    expect(await Promise.all(joined)).toEqual(['a', 'a', 'b', 'a']);
    expect(begun).toEqual(['a', 'b']);
    await flights.join('a', never, work('a'));
    expect(begun).toEqual(['a', 'b', 'a']);
  });

  it('pass a failure to all who wait, and begin anew after it', async () => {
    const flights = createFlights<string>();
    const fail = () => Promise.reject(new Error('no'));
    const both = [flights.join('a', never, fail), flights.join('a', never, fail)];
    expect((await Promise.allSettled(both)).map(({ status }) => status)).toEqual([
      'rejected',
      'rejected',
    ]);
    expect(await flights.join('a', never, async () => 'yes')).toBe('yes');
  });

  it('go on while anyone waits, and are given up with the last', async () => {
    const flights = createFlights<string>();
    const [first, second] = [new AbortController(), new AbortController()];
    let given: AbortSignal | undefined;
    let finish: (value: string) => void = () => {};
    const work = (signal: AbortSignal) => {
      given = signal;
      return new Promise<string>((resolve) => {
        finish = resolve;
      });
    };
    const one = flights.join('a', first.signal, work);
    const two = flights.join('a', second.signal, work);
    first.abort();
    await expect(one).rejects.toThrow(/abort/i);
    expect(given?.aborted).toBe(false);
    second.abort();
    await expect(two).rejects.toThrow(/abort/i);
    expect(given?.aborted).toBe(true);
    // What goes on all the same is not done twice.
    const three = flights.join('a', never, async () => 'anew');
    finish('late');
    expect(await three).toBe('late');
  });

  it('that end because they were given up take nobody down who comes later', async () => {
    const flights = createFlights<string>();
    const gone = new AbortController();
    const work = (signal: AbortSignal) =>
      new Promise<string>((_, reject) => {
        signal.addEventListener('abort', () => setTimeout(() => reject(signal.reason)));
      });
    const one = flights.join('a', gone.signal, work);
    gone.abort();
    await expect(one).rejects.toThrow(/abort/i);
    expect(await flights.join('a', never, async () => 'anew')).toBe('anew');
  });

  it('do not begin for a caller who has gone', async () => {
    const flights = createFlights<string>();
    const work = () => Promise.reject(new Error('begun'));
    await expect(flights.join('a', AbortSignal.abort(), work)).rejects.toThrow(/abort/i);
  });
});
