import { assert, constantFrom, double, option, property } from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  flipAndRotation,
  orientationOf,
  turnedPoint,
  turnedSize,
  unturnedRegion,
} from './orientation.js';

const flip = option(constantFrom('h' as const, 'v' as const, 'hv' as const), { nil: undefined });
const rotate = option(constantFrom(90 as const, 180 as const, 270 as const), { nil: undefined });
const share = double({ min: 0, max: 1, noNaN: true });

describe('orientationOf', () => {
  it.each([
    [undefined, undefined, undefined, [0, 0]],
    ['h', undefined, 2, [1, 0]],
    ['v', undefined, 4, [0, 1]],
    ['hv', undefined, 3, [1, 1]],
    [undefined, 90, 6, [1, 0]],
    [undefined, 180, 3, [1, 1]],
    [undefined, 270, 8, [0, 1]],
    ['h', 90, 7, [1, 1]],
    ['h', 270, 5, [0, 0]],
    ['v', 90, 5, [0, 0]],
    ['hv', 180, undefined, [0, 0]],
  ] as const)('of flip=%s, then rotate=%s is %s', (flip, rotate, orientation, [x, y]) => {
    expect(orientationOf(flip, rotate)).toBe(orientation);
    // Where the upper left corner goes.
    expect(turnedPoint({ x: 0, y: 0 }, orientation)).toEqual({ x, y });
  });

  it('is said by the shortest of the ways to say it', () => {
    assert(
      property(flip, rotate, (flip, rotate) => {
        const orientation = orientationOf(flip, rotate);
        const short = flipAndRotation(orientation);
        expect(orientationOf(short.flip, short.rotate)).toBe(orientation);
      }),
    );
  });
});

it('a part of a turned picture comes from where its points come from', () => {
  assert(
    property(flip, rotate, share, share, (flip, rotate, x, y) => {
      const orientation = orientationOf(flip, rotate);
      const whole = { width: 120, height: 80 };
      const turned = turnedSize(whole, orientation);
      const point = turnedPoint({ x, y }, orientation);
      const left = Math.min(turned.width - 1, Math.floor(point.x * turned.width));
      const top = Math.min(turned.height - 1, Math.floor(point.y * turned.height));
      const part = unturnedRegion({ left, top, width: 1, height: 1 }, turned, orientation);
      expect(Math.abs(part.left - x * whole.width)).toBeLessThanOrEqual(1);
      expect(Math.abs(part.top - y * whole.height)).toBeLessThanOrEqual(1);
    }),
  );
});
