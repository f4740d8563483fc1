import type { Point } from './transform.js';

/** A step is less than a pixel of the largest variant, and two points that differ less are one. */
const STEPS = 10_000;

/**
 * The point that a value stands for, rounded to its precision; `null` unless it has an `x` and a `y` of 0 to 1 and
 * nothing else.
 *
 * @example
 * toPoint({ x: 0.3, y: 2 / 3 }); // { x: 0.3, y: 0.6667 }
 * toPoint({ x: 1.2, y: 0 }); // null
 */
export function toPoint(value: unknown): Point | null {
  if (typeof value !== 'object' || value === null || Object.keys(value).length !== 2) return null;
  const [x, y] = ['x' in value ? share(value.x) : null, 'y' in value ? share(value.y) : null];
  return x === null || y === null ? null : { x, y };
}

function share(value: unknown): number | null {
  if (typeof value !== 'number' || !(value >= 0 && value <= 1)) return null;
  // Without the sign of -0.
  return Math.abs(Math.round(value * STEPS) / STEPS);
}
