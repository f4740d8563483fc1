import { assert, constantFrom, integer, option, property } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_SIZES, roundToList } from './sizes.js';

const SIZES = [100, 200, 400];
const round = (w: number | undefined, h: number | undefined, quality = 80) => {
  const rounded = roundToList({ w, h, quality }, SIZES);
  return [rounded.w, rounded.h, rounded.quality];
};

describe('rounding to a list of sizes', () => {
  it.each([
    ['a width', 150, undefined, [200, undefined, 80]],
    ['a width of the list', 200, undefined, [200, undefined, 80]],
    ['a width beyond the list', 900, undefined, [400, undefined, 80]],
    ['a height', undefined, 1, [undefined, 100, 80]],
    ['no size', undefined, undefined, [undefined, undefined, 80]],
    ['a square', 60, 60, [100, 100, 80]],
    ['16:9', 192, 108, [200, 113, 80]],
    ['nearly 2:1', 150, 76, [200, 100, 80]],
    ['an extreme ratio', 1, 8192, [100, 400, 80]],
    ['the other extreme', 8192, 1, [400, 100, 80]],
  ])('rounds %s', (_, w, h, expected) => {
    expect(round(w, h)).toEqual(expected);
  });

  it.each([
    [1, 40],
    [50, 60],
    [69, 60],
    [70, 80],
    [80, 80],
    [85, 90],
    [100, 90],
  ])('rounds the quality %i to %i', (quality, expected) => {
    expect(round(100, undefined, quality)[2]).toBe(expected);
  });

  it('leaves few variants of an image, whatever is asked for', () => {
    const seen = new Set<string>();
    const length = option(integer({ min: 1, max: 8192 }), { nil: undefined });
    const request = property(length, length, integer({ min: 1, max: 100 }), (w, h, quality) => {
      const rounded = roundToList({ w, h, quality }, DEFAULT_SIZES);
      seen.add([rounded.w, rounded.h, rounded.quality].join());
    });
    assert(request, { numRuns: 20_000 });
    // 15 ratios, a width alone, a height alone; no size.
    expect(seen.size).toBeLessThanOrEqual((17 * DEFAULT_SIZES.length + 1) * 4);
    expect(seen.size).toBeGreaterThan(200);
  });

  it('rounds the place of a crop to quarters', () => {
    const at = (x: number, y: number) =>
      roundToList({ w: 9, h: 9, quality: 80, point: { x, y } }, SIZES).point;
    expect(at(0, 0.12)).toEqual({ x: 0, y: 0 });
    expect(at(0.3, 0.7)).toEqual({ x: 0.25, y: 0.75 });
    expect(at(0.5, 1)).toEqual({ x: 0.5, y: 1 });
  });

  it('is the same when it is applied again', () => {
    const length = option(integer({ min: 1, max: 8192 }), { nil: undefined });
    const sizes = constantFrom(SIZES, DEFAULT_SIZES);
    assert(
      property(length, length, integer({ min: 1, max: 100 }), sizes, (w, h, quality, list) => {
        const once = roundToList({ w, h, quality }, list);
        expect(roundToList(once, list)).toEqual(once);
      }),
    );
  });
});
