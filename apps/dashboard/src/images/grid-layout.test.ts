import { describe, expect, it } from 'vitest';
import { GAP, layOut, moveTo } from './grid-layout.js';

describe('layOut', () => {
  it.each([358, 700, 1152, 1552])('makes rows for a width of %d that squares fit into', (width) => {
    const { columns, rowHeight } = layOut(width);
    const side = (width - (columns - 1) * GAP) / columns;
    const { rowHeight: rest } = layOut(2 * 1 + GAP);
    expect(rowHeight - (rest - 1)).toBe(Math.ceil(side));
  });

  it('has two columns on a phone', () => {
    expect(layOut(358).columns).toBe(2);
    expect(layOut(200).columns).toBe(2);
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

  it('leaves every other key alone', () => {
    for (const key of ['a', 'Tab', 'Enter', 'constructor']) {
      expect(moveTo(key, 0, shape)).toBeNull();
    }
    expect(moveTo('End', 0, { ...shape, count: 0 })).toBeNull();
  });
});
