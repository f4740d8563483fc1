import { describe, expect, it } from 'vitest';
import { movedPoint, objectPosition, parsePercent, placedPoint, toPercent } from './focal-point.js';

describe('objectPosition', () => {
  // A picture of 150 × 100 in a square: 50 pixels of room.
  it.each([
    [0, '0% 50%'],
    [1 / 3, '0% 50%'],
    [0.4, '20% 50%'],
    [0.5, '50% 50%'],
    [1, '100% 50%'],
  ])('shows what the server cuts out around %d', (x, position) => {
    const [across = '', down] = objectPosition({ x, y: 0.9 }, 1.5, 1).split(' ');
    expect(`${Math.round(Number.parseFloat(across))}% ${down}`).toBe(position);
  });

  it('has room in one direction only', () => {
    expect(objectPosition({ x: 0, y: 0 }, 1, 1)).toBe('50% 50%');
    expect(objectPosition({ x: 0, y: 0 }, 1, 2)).toBe('50% 0%');
    expect(objectPosition({ x: 0, y: 1 }, 1, 2)).toBe('50% 100%');
  });
});

it('a point stays in the picture, wherever the pointer and the keys go', () => {
  expect(placedPoint(-0.2, 0.33333)).toEqual({ x: 0, y: 0.333 });
  expect(movedPoint({ x: 0.5, y: 0.995 }, 'ArrowDown', false)).toEqual({ x: 0.5, y: 1 });
  expect(movedPoint({ x: 0.55, y: 0.5 }, 'ArrowLeft', true)).toEqual({ x: 0.45, y: 0.5 });
  expect(movedPoint({ x: 0.5, y: 0.5 }, 'Tab', false)).toBeNull();
});

it('a field has percents with two decimals', () => {
  for (const share of [0, 0.3, 0.6667, 0.0001, 1])
    expect(parsePercent(toPercent(share))).toBe(share);
  expect(parsePercent(' 12.345 ')).toBe(0.1235);
  for (const text of ['', ' ', '-1', '100.1', 'left', '1e9']) expect(parsePercent(text)).toBeNull();
});
