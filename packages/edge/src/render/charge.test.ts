import type { EncodeWork } from '@auraimage/ports';
import { beforeEach, describe, expect, it } from 'vitest';
import { charged, checkBudget } from './charge.js';

const WORK: EncodeWork = { project: 'my-app', client: '192.0.2.1', image: 'object', signed: false };

describe('charged work', () => {
  let spent: number;
  let charges: number[];
  beforeEach(() => {
    spent = 0;
    charges = [];
  });
  const budget = {
    check: async () => (spent >= 400 ? { bound: 'client' as const, retryAfterSeconds: 9 } : null),
    async spend(work: EncodeWork, milliseconds: number) {
      expect(work).toEqual(WORK);
      spent += milliseconds;
    },
  };
  const onSpent = (ms: number) => void charges.push(ms);

  it('costs an estimate while it runs, and its real time afterwards', async () => {
    let during = 0;
    await charged(budget, WORK, onSpent, async (report) => {
      during = spent;
      report(30);
      report(40);
    });
    expect(during).toBe(200);
    expect(spent).toBe(70);
    expect(charges).toEqual([70]);
  });

  it('does not start if jobs in progress may use up the budget', async () => {
    const ends: (() => void)[] = [];
    const long = () => new Promise<void>((resolve) => ends.push(resolve));
    const inProgress = [1, 2].map(() => charged(budget, WORK, onSpent, long));
    await expect(checkBudget(budget, WORK)).rejects.toMatchObject({
      code: 'encode_limit',
      retryAfterSeconds: 9,
    });
    await new Promise((resolve) => setTimeout(resolve));
    for (const end of ends) end();
    await Promise.all(inProgress);
    await checkBudget(budget, WORK);
  });

  it('costs what it took if it fails, and nothing if it never left the queue', async () => {
    const failing = charged(budget, WORK, onSpent, async (report) => {
      report(800);
      throw new Error('broken');
    });
    await expect(failing).rejects.toThrow('broken');
    expect(spent).toBe(800);
    const busy = charged(budget, WORK, onSpent, () => Promise.reject(new Error('busy')));
    await expect(busy).rejects.toThrow('busy');
    expect(spent).toBe(800);
    expect(charges).toEqual([800, 0]);
  });
});
