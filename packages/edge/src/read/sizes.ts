import { MAX_DIMENSION, type Point } from '@auraimage/protocol';

/** What of a variant is rounded. Lengths are in pixels. */
interface Rounded {
  readonly w?: number | undefined;
  readonly h?: number | undefined;
  readonly quality: number;
  readonly point?: Point | undefined;
}

/** Used for unsigned transforms where the operator lists no sizes: from icons to large screens, ascending. */
export const DEFAULT_SIZES: readonly number[] = [
  32, 64, 128, 256, 320, 384, 480, 640, 828, 1080, 1280, 1600, 1920, 2560, 3840,
];

/** Aspect ratios, width to height. */
const RATIOS = [
  1 / 4,
  1 / 3,
  1 / 2,
  9 / 16,
  2 / 3,
  3 / 4,
  4 / 5,
  1,
  5 / 4,
  4 / 3,
  3 / 2,
  16 / 9,
  2,
  3,
  4,
];
const QUALITIES = [40, 60, 80, 90];

/** The places of a crop between one side and the other. */
const PLACES = 4;

/**
 * Rounds to a list, so that an image has a bounded number of variants: the width (the height if there is no width)
 * to the next larger size, or the largest one; the aspect ratio, the quality and the place of a crop to the nearest of
 * theirs.
 *
 * With `n` sizes an image has at most (122 n + 1) × 14 variants beside its placeholder: 15 ratios, each with 8 crops and
 * paddings (contain, auto, face, and 5 places, of which a crop in one direction has no more), a width alone, a height
 * alone, or no size; 4 qualities of AVIF, WebP and JPEG each, and PNG and GIF, which have none. A focal point of the
 * image adds one more crop.
 *
 * @param sizes ascending, at least one
 */
export function roundToList({ w, h, quality, point }: Rounded, sizes: readonly number[]): Rounded {
  const listed = (length: number) => sizes.find((size) => size >= length) ?? Math.max(...sizes);
  const place = (share: number) => Math.round(share * PLACES) / PLACES;
  const rounded = {
    quality: nearest(QUALITIES, quality, (a, b) => Math.abs(a - b)),
    point: point && { x: place(point.x), y: place(point.y) },
  };
  if (w === undefined) return { h: h && listed(h), ...rounded };
  const width = listed(w);
  if (h === undefined) return { w: width, ...rounded };
  const possible = RATIOS.filter((ratio) => width / ratio <= MAX_DIMENSION);
  const ratio = nearest(possible, w / h, (a, b) => Math.abs(Math.log(a / b)));
  return { w: width, h: Math.max(1, Math.round(width / ratio)), ...rounded };
}

/** The last of those that are equally near. */
function nearest(
  candidates: readonly number[],
  value: number,
  distance: (a: number, b: number) => number,
): number {
  return candidates.reduce((best, next) =>
    distance(next, value) <= distance(best, value) ? next : best,
  );
}
