import { setImmediate as nextTurn } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from 'vitest';
import { createReadBatches } from './read-batches.js';

/** More than one batch takes. */
const MANY = 150;

let handled: (readonly number[])[];
let batchNow: () => number[];
beforeEach(() => {
  handled = [];
  batchNow = createReadBatches<number>((reads) => void handled.push(reads));
});

describe('createReadBatches', () => {
  it('handles together what arrives together, in its order', async () => {
    for (const read of [1, 2, 3]) batchNow().push(read);
    expect(handled).toEqual([]);
    await nextTurn();
    expect(handled).toEqual([[1, 2, 3]]);
  });

  it('begins a new batch for what arrives while one is handled', async () => {
    const batches: unknown[] = [];
    const again = createReadBatches<number>((reads) => {
      handled.push(reads);
      if (handled.length > 1) return;
      const batch = again();
      batches.push(batch);
      batch.push(2);
    });
    const batch = again();
    batches.push(batch);
    batch.push(1);
    await nextTurn();
    await nextTurn();
    expect(handled).toEqual([[1], [2]]);
    expect(batches[1]).not.toBe(batches[0]);
  });

  it('handles every read of many once, a bounded number at a time', async () => {
    const batches = new Set<unknown>();
    for (let read = 0; read < MANY; read++) {
      const batch = batchNow();
      batches.add(batch);
      batch.push(read);
    }
    await nextTurn();
    expect(handled.flat()).toEqual(Array.from({ length: MANY }, (_, read) => read));
    expect(Math.max(...handled.map(({ length }) => length))).toBeLessThan(MANY);
    expect(batches.size).toBe(handled.length);
  });
});
