import { assert, double, property } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toPoint } from './point.js';

describe('toPoint', () => {
  it.each([
    [
      { x: 0, y: 1 },
      { x: 0, y: 1 },
    ],
    [
      { x: 0.3, y: 2 / 3 },
      { x: 0.3, y: 0.6667 },
    ],
    [
      { x: -0, y: 0.00001 },
      { x: 0, y: 0 },
    ],
    [
      { x: 0.99999, y: 0.00005 },
      { x: 1, y: 0.0001 },
    ],
  ])('rounds %j', (value, point) => {
    expect(toPoint(value)).toStrictEqual(point);
  });

  it.each([
    null,
    undefined,
    0.5,
    '0.5,0.5',
    [0.5, 0.5],
    {},
    { x: 0.5 },
    { x: 0.5, y: '0.5' },
    { x: 0.5, y: null },
    { x: 1.00001, y: 0 },
    { x: 0, y: -0.00001 },
    { x: Number.NaN, y: 0 },
    { x: 0, y: Number.POSITIVE_INFINITY },
    { x: 0.5, y: 0.5, z: 0.5 },
  ])('is null for %j', (value) => {
    expect(toPoint(value)).toBeNull();
  });

  it('rounds a point once, also through JSON', () => {
    const at = double({ min: 0, max: 1, noNaN: true });
    assert(
      property(at, at, (x, y) => {
        const point = toPoint({ x, y });
        expect(toPoint(JSON.parse(JSON.stringify(point)))).toStrictEqual(point);
        expect(Math.abs((point?.x ?? 9) - x)).toBeLessThan(0.00005001);
      }),
    );
  });
});
