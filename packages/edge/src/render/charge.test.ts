import { EngineBusyError } from '@auraimage/ports';
import { beforeEach, describe, expect, it } from 'vitest';
import { charged } from './charge.js';

describe('charged work', () => {
  let spent: number;
  let charges: number[];
  let seen: number[];
  beforeEach(() => {
    spent = 0;
    charges = [];
    seen = [];
  });
  const context = (signal = new AbortController().signal) => ({
    signal,
    onSpent: (ms: number) => charges.push(ms),
  });
  const budget = {
    retryAfter: async () => (spent >= 1000 ? 9 : 0),
    async spend(_: string, milliseconds: number) {
      spent += milliseconds;
    },
  };
  const work = async () => {
    seen.push(spent);
  };

  it('costs an estimate while it runs, and its real time afterwards', async () => {
    await charged(budget, 'my-app', context(), work, () => 70);
    expect(seen).toEqual([500]);
    expect(spent).toBe(70);
    expect(charges).toEqual([70]);
  });

  it('does not start if jobs in progress may use up the budget', async () => {
    const ends: (() => void)[] = [];
    const long = () => new Promise<void>((resolve) => ends.push(resolve));
    const begin = () => charged(budget, 'my-app', context(), long, () => 0);
    const underWay = [begin(), begin()];
    await new Promise((resolve) => setTimeout(resolve));
    await expect(begin()).rejects.toMatchObject({
      code: 'encode_limit',
      retryAfterSeconds: 9,
    });
    for (const end of ends) end();
    await Promise.all(underWay);
    expect(spent).toBe(0);
  });

  it('costs the elapsed time if it fails', async () => {
    const failing = charged(budget, 'my-app', context(), async () => {
      const until = performance.now() + 2;
      while (performance.now() < until);
      throw new Error('broken');
    });
    await expect(failing).rejects.toThrow('broken');
    expect(spent).toBeGreaterThanOrEqual(2);
    expect(spent).toBeLessThan(500);
  });

  it('costs nothing if it never leaves the queue', async () => {
    const busy = charged(budget, 'my-app', context(), () => Promise.reject(new EngineBusyError()));
    await expect(busy).rejects.toThrow(EngineBusyError);
    const gone = new AbortController();
    const left = charged(budget, 'my-app', context(gone.signal), async () => {
      gone.abort();
      gone.signal.throwIfAborted();
    });
    await expect(left).rejects.toThrow(/abort/i);
    expect(spent).toBe(0);
  });
});
