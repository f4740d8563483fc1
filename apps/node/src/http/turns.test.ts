import { setImmediate as nextTurn } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from 'vitest';
import { createTurns } from './turns.js';

/** More than one turn takes. */
const MANY = 150;

let handled: (readonly number[])[];
let turnOf: () => number[];
beforeEach(() => {
  handled = [];
  turnOf = createTurns<number>((requests) => void handled.push(requests));
});

describe('createTurns', () => {
  it('handles together what arrives together, in its order', async () => {
    for (const request of [1, 2, 3]) turnOf().push(request);
    expect(handled).toEqual([]);
    await nextTurn();
    expect(handled).toEqual([[1, 2, 3]]);
  });

  it('begins a new turn for what arrives while one is handled', async () => {
    const turns: unknown[] = [];
    const again = createTurns<number>((requests) => {
      handled.push(requests);
      if (handled.length > 1) return;
      const turn = again();
      turns.push(turn);
      turn.push(2);
    });
    const turn = again();
    turns.push(turn);
    turn.push(1);
    await nextTurn();
    await nextTurn();
    expect(handled).toEqual([[1], [2]]);
    expect(turns[1]).not.toBe(turns[0]);
  });

  it('handles every request of many once, a bounded number at a time', async () => {
    const turns = new Set<unknown>();
    for (let request = 0; request < MANY; request++) {
      const turn = turnOf();
      turns.add(turn);
      turn.push(request);
    }
    await nextTurn();
    expect(handled.flat()).toEqual(Array.from({ length: MANY }, (_, request) => request));
    expect(Math.max(...handled.map(({ length }) => length))).toBeLessThan(MANY);
    expect(turns.size).toBe(handled.length);
  });
});
