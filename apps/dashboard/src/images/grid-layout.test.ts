import { describe, expect, it } from 'vitest';
import { computeLayout, GAP, moveTo } from './grid-layout.js';

describe('computeLayout', () => {
  it.each([358, 700, 1152, 1552])('fits square tiles into rows at a width of %d', (width) => {
    const { columns, rowHeight } = computeLayout(width);
    const side = (width - (columns - 1) * GAP) / columns;
    const { rowHeight: rest } = computeLayout(2 * 1 + GAP);
    expect(rowHeight - (rest - 1)).toBe(Math.ceil(side));
  });

  it('has two columns on a phone', () => {
    expect(computeLayout(358).columns).toBe(2);
    expect(computeLayout(200).columns).toBe(2);
  });
});

describe('moveTo', () => {
  // Ten cells in rows of four: the last row has two.
  const shape = { columns: 4, rows: 2, count: 10 };
  it.each([
    ['ArrowRight', 0, 1],
    ['ArrowRight', 9, 9],
    ['ArrowLeft', 4, 3],
    ['ArrowLeft', 0, 0],
    ['ArrowDown', 1, 5],
    ['ArrowDown', 7, 9],
    ['ArrowDown', 8, 8],
    ['ArrowUp', 5, 1],
    ['ArrowUp', 2, 2],
    ['PageDown', 1, 9],
    ['PageUp', 9, 1],
    ['Home', 7, 0],
    ['End', 2, 9],
  ])('%s leads from %d to %d', (key, from, to) => {
    expect(moveTo(key, from, shape)).toBe(to);
  });

  it('ignores other keys', () => {
    for (const key of ['a', 'Tab', 'Enter', 'constructor']) {
      expect(moveTo(key, 0, shape)).toBeNull();
    }
    expect(moveTo('End', 0, { ...shape, count: 0 })).toBeNull();
  });
});
