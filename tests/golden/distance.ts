import { type Colour, flatten, type Picture, WHITE } from './picture.js';

/** Distances between the colours of two pictures, by windows. An eye just notices 0.02. */
export interface Distance {
  readonly mean: number;
  readonly worst: number;
}

/** Side of the compared windows in pixels: an eye averages over less than an encoder's block. */
const PART = 8;
const GREY: Colour = [119, 119, 119, 255];
/** Pixels from one window to the next. */
const STEP = 4;

/**
 * Compares pictures as an eye does: the mean colours of overlapping windows in Oklab, on white and on black, which
 * shows transparency. The distance between pictures of different sizes is infinite.
 */
export function distance(a: Picture, b: Picture): Distance {
  if (a.width !== b.width || a.height !== b.height) return { mean: Infinity, worst: Infinity };
  const [left, right] = [colours(a), colours(b)];
  const differences = left.map((colour, i) => far(colour, right[i] ?? [0, 0, 0]));
  const sum = differences.reduce((total, difference) => total + difference, 0);
  return { mean: sum / differences.length, worst: Math.max(...differences) };
}

type Lab = ReturnType<typeof oklab>;
/** Of pictures that are compared with many. */
const known = new WeakMap<Picture, readonly Lab[]>();

/** The mean colours of all windows, on both grounds. */
function colours(picture: Picture): readonly Lab[] {
  const found =
    known.get(picture) ??
    [WHITE, GREY].flatMap((ground) => parts(flatten(picture, ground)).map(oklab));
  known.set(picture, found);
  return found;
}

type Rgb = readonly [red: number, green: number, blue: number];

function parts(picture: Picture): readonly Rgb[] {
  const means: Rgb[] = [];
  for (const top of starts(picture.height)) {
    for (const left of starts(picture.width)) means.push(mean(picture, left, top));
  }
  return means;
}

function starts(length: number): readonly number[] {
  const last = Math.max(0, length - PART);
  const count = Math.ceil(last / STEP);
  return Array.from({ length: count + 1 }, (_, i) => Math.min(i * STEP, last));
}

function mean({ width, height, data }: Picture, left: number, top: number): Rgb {
  const sum: [number, number, number] = [0, 0, 0];
  const [right, bottom] = [Math.min(left + PART, width), Math.min(top + PART, height)];
  for (let y = top; y < bottom; y++) {
    for (let x = left; x < right; x++) {
      const at = (y * width + x) * 4;
      sum[0] += data[at] ?? 0;
      sum[1] += data[at + 1] ?? 0;
      sum[2] += data[at + 2] ?? 0;
    }
  }
  const count = (right - left) * (bottom - top);
  return [sum[0] / count, sum[1] / count, sum[2] / count];
}

/** ΔE OK: the Euclidean distance in Oklab (CSS Color 4 §20.1). */
export function deltaEOk(a: Rgb, b: Rgb): number {
  return far(oklab(a), oklab(b));
}

function far(p: Lab, q: Lab): number {
  return Math.hypot(p[0] - q[0], p[1] - q[1], p[2] - q[2]);
}

/** Björn Ottosson, A perceptual color space for image processing, 2020. */
export function oklab(rgb: Rgb): readonly [lightness: number, a: number, b: number] {
  const [r, g, b] = [toLinear(rgb[0]), toLinear(rgb[1]), toLinear(rgb[2])];
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

/** The transfer function of sRGB (IEC 61966-2-1), from 0…255 to 0…1. */
export function toLinear(value: number): number {
  const v = value / 255;
  return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
}

/** The inverse. */
export function fromLinear(value: number): number {
  return 255 * (value <= 0.0031308 ? value * 12.92 : 1.055 * value ** (1 / 2.4) - 0.055);
}
