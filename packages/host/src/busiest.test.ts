import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addBusiest,
  type Busiest,
  countRead,
  createBusiest,
  KEPT_NAMES,
  keepBusiest,
} from './busiest.js';

/** Names of which low ones are frequent. */
const stream = fc.array(
  fc.double({ min: 0, max: 1, noNaN: true }).map((at) => `n${Math.floor(at ** 3 * 40)}`),
  { maxLength: 300 },
);

function countAll(names: readonly string[], most: number): Busiest {
  const busiest = createBusiest();
  for (const name of names) {
    countRead(busiest, name, 10, 0);
    if (busiest.names.size > 2 * most) keepBusiest(busiest, most);
  }
  return busiest;
}

/** Every number is right but for the bound, and the bound is that of the algorithm. */
function check({ names, others }: Busiest, counted: readonly string[], most: number): void {
  const truth = new Map<string, number>();
  for (const name of counted) truth.set(name, (truth.get(name) ?? 0) + 1);
  for (const [name, reads] of truth) {
    const found = names.get(name) ?? { reads: 0, unseen: others.unseen };
    expect(found.reads).toBeLessThanOrEqual(reads);
    expect(found.reads + found.unseen).toBeGreaterThanOrEqual(reads);
    expect(found.unseen).toBeLessThanOrEqual(others.unseen);
  }
  expect(others.unseen).toBeLessThanOrEqual(counted.length / (most + 1));
  const sum = [...names.values()].reduce((all, { reads }) => all + reads, others.reads);
  expect(sum).toBe(counted.length);
}

describe('the busiest names', () => {
  it('have the bound of the algorithm', () => {
    fc.assert(
      fc.property(stream, fc.integer({ min: 1, max: 8 }), (names, most) => {
        const busiest = countAll(names, most);
        check(busiest, names, most);
        keepBusiest(busiest, most);
        check(busiest, names, most);
        expect(busiest.names.size).toBeLessThanOrEqual(most);
      }),
    );
  });

  it('keep it when two are added up', () => {
    fc.assert(
      fc.property(stream, stream, fc.integer({ min: 1, max: 8 }), (one, other, most) => {
        const sum = countAll(one, most);
        addBusiest(sum, countAll(other, most));
        keepBusiest(sum, most);
        check(sum, [...one, ...other], most);
      }),
    );
  });

  it('never take more memory than twice the names that are kept', () => {
    const busiest = createBusiest();
    let names = 0;
    for (let n = 0; n < 5 * KEPT_NAMES; n++) names += countRead(busiest, `n${n}`, 1, 1);
    expect(busiest.names.size).toBe(names);
    expect(names).toBeLessThan(2 * KEPT_NAMES);
    const from = createBusiest();
    for (let n = 0; n < 1.5 * KEPT_NAMES; n++) countRead(from, `m${n}`, 1, 1);
    names += addBusiest(busiest, from);
    expect(busiest.names.size).toBe(names);
    expect(names).toBeLessThan(2 * KEPT_NAMES);
  });
});
