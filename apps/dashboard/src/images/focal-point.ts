import type { Point } from '@auraimage/protocol';

export const CENTRE: Point = { x: 0.5, y: 0.5 };

/** Steps of the arrow keys, as shares. */
const STEP = 0.01;
const LARGE_STEP = 0.1;

/** A tenth of a percent is finer than a pointer. */
const rounded = (share: number): number =>
  Math.round(Math.min(Math.max(share, 0), 1) * 1000) / 1000;

/** The point where a pointer is, which may be outside the picture. */
export const placedPoint = (x: number, y: number): Point => ({ x: rounded(x), y: rounded(y) });

const DIRECTIONS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** The point after a key was pressed; `null` for a key that does not move it. */
export function movedPoint({ x, y }: Point, key: string, large: boolean): Point | null {
  const [across, down] = DIRECTIONS[key] ?? [];
  if (across === undefined || down === undefined) return null;
  const step = large ? LARGE_STEP : STEP;
  return placedPoint(x + across * step, y + down * step);
}

/** A share as percent, for a field. */
export const toPercent = (share: number): string => String(Math.round(share * 10_000) / 100);

/** The share that a field has; `null` for anything but a number from 0 to 100. */
export function parsePercent(text: string): number | null {
  const percent = text.trim() === '' ? Number.NaN : Number(text);
  return percent >= 0 && percent <= 100 ? Math.round(percent * 100) / 10_000 : null;
}

export const formatPoint = ({ x, y }: Point): string =>
  `${toPercent(x)}% from the left, ${toPercent(y)}% from the top`;

/**
 * The CSS `object-position` that shows what the server cuts out: the point in the middle of the box, moved inside the
 * picture. CSS has shares of the room beside the box there.
 *
 * @param picture aspect ratio of the picture
 * @param box aspect ratio of the box that it covers
 *
 * @example
 * objectPosition({ x: 0.5, y: 0 }, 1.5, 1); // '50% 50%'
 */
export function objectPosition({ x, y }: Point, picture: number, box: number): string {
  const place = (at: number, shown: number) => {
    const room = 1 - shown;
    if (room <= 0) return '50%';
    return `${(Math.min(Math.max(at - shown / 2, 0), room) / room) * 100}%`;
  };
  return `${place(x, box / picture)} ${place(y, picture / box)}`;
}
