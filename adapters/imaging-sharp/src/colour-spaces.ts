type Xy = readonly [x: number, y: number];
type Rgb = readonly [red: number, green: number, blue: number];
type Matrix = readonly [Rgb, Rgb, Rgb];

/** Chromaticities of a colour space (CIE 1931). */
export interface Primaries {
  readonly red: Xy;
  readonly green: Xy;
  readonly blue: Xy;
  readonly white: Xy;
}

/** Linear light, 0 to 1, of an encoded value, 0 to 1. `pq` and `hlg`: HDR, which is tone-mapped. */
export type Transfer = ((value: number) => number) | 'pq' | 'hlg';

/** The colour space of a picture that libvips does not convert, because no ICC profile describes it. */
export interface Colours {
  readonly primaries: Primaries;
  readonly transfer: Transfer;
  /** HDR only: the brightest light of the content, in cd/m². */
  readonly peak?: number | undefined;
}

const D65: Xy = [0.3127, 0.329];
const primaries = (red: Xy, green: Xy, blue: Xy, white = D65): Primaries => ({
  red,
  green,
  blue,
  white,
});
export const BT709 = primaries([0.64, 0.33], [0.3, 0.6], [0.15, 0.06]);
export const BT2020 = primaries([0.708, 0.292], [0.17, 0.797], [0.131, 0.046]);
const SMPTE170M = primaries([0.63, 0.34], [0.31, 0.595], [0.155, 0.07]);
const P3: readonly [Xy, Xy, Xy] = [
  [0.68, 0.32],
  [0.265, 0.69],
  [0.15, 0.06],
];
const ILLUMINANT_C: Xy = [0.31, 0.316];

/** Colour primaries by their number in ITU-T H.273 table 2, as far as Chromium knows them. */
export const PRIMARIES: Readonly<Record<number, Primaries>> = {
  1: BT709,
  4: primaries([0.67, 0.33], [0.21, 0.71], [0.14, 0.08], ILLUMINANT_C),
  5: primaries([0.64, 0.33], [0.29, 0.6], [0.15, 0.06]),
  6: SMPTE170M,
  7: SMPTE170M,
  8: primaries([0.681, 0.319], [0.243, 0.692], [0.145, 0.049], ILLUMINANT_C),
  9: BT2020,
  10: primaries([1, 0], [0, 1], [0, 0], [1 / 3, 1 / 3]),
  11: primaries(...P3, [0.314, 0.351]),
  12: primaries(...P3),
  22: primaries([0.63, 0.34], [0.295, 0.605], [0.155, 0.077]),
};

/** IEC 61966-2-1. */
export const srgb = (v: number) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
export const power =
  (exponent: number): Transfer =>
  (v) =>
    v ** exponent;
/** Video as a screen shows it (ITU-R BT.1886), not as a camera records it. */
const video = power(2.4);
const smpte240: Transfer = (v) => (v < 0.0913 ? v / 4 : ((v + 0.1115) / 1.1115) ** (1 / 0.45));

/** Transfer characteristics by their number in ITU-T H.273 table 3, as far as Chromium knows them. */
export const TRANSFERS: Readonly<Record<number, Transfer>> = {
  1: video,
  4: power(2.2),
  5: power(2.8),
  6: video,
  7: smpte240,
  8: power(1),
  13: srgb,
  14: video,
  15: video,
  16: 'pq',
  17: (v) => (52.37 / 48) * v ** 2.6,
  18: 'hlg',
};

/**
 * The same in AVIF, HEIC and JPEG XL: cameras and encoders name the curves of video for pictures in sRGB, and Chromium
 * shows them so.
 */
export const STILL_TRANSFERS: Readonly<Record<number, Transfer>> = {
  ...TRANSFERS,
  1: srgb,
  6: srgb,
  14: srgb,
  15: srgb,
};

/** Whether the chromaticities span a triangle. */
export function isColourSpace({ red, green, blue, white }: Primaries): boolean {
  const [ax, ay] = [green[0] - red[0], green[1] - red[1]];
  const [bx, by] = [blue[0] - red[0], blue[1] - red[1]];
  return Math.abs(ax * by - ay * bx) > 1e-4 && [red, green, white].every(([, y]) => y > 0);
}

/** The share of each component in the luminance of a colour. */
export function luminanceOf(space: Primaries): Rgb {
  return toXyz(space)[1];
}

/** From linear light in one colour space to that in another, white to white (Bradford). */
export function between(from: Primaries, to: Primaries): Matrix {
  return multiply(inverse(toXyz(to)), multiply(adaptation(from.white, to.white), toXyz(from)));
}

function toXyz({ red, green, blue, white }: Primaries): Matrix {
  const columns = transpose([xyz(red), xyz(green), xyz(blue)]);
  const weights = apply(inverse(columns), xyz(white));
  return columns.map((row) => row.map((v, i) => v * (weights[i] ?? 0))) as unknown as Matrix;
}

/** At luminance 1; a primary without luminance keeps its direction. */
function xyz([x, y]: Xy): Rgb {
  return y === 0 ? [x, 0, 1 - x] : [x / y, 1, (1 - x - y) / y];
}

const BRADFORD: Matrix = [
  [0.8951, 0.2664, -0.1614],
  [-0.7502, 1.7135, 0.0367],
  [0.0389, -0.0685, 1.0296],
];

function adaptation(from: Xy, to: Xy): Matrix {
  const [source, target] = [apply(BRADFORD, xyz(from)), apply(BRADFORD, xyz(to))];
  const gains = [0, 1, 2].map((i) => (target[i] ?? 0) / (source[i] ?? 1));
  const scaled = BRADFORD.map((row, i) => row.map((v) => v * (gains[i] ?? 1)));
  return multiply(inverse(BRADFORD), scaled as unknown as Matrix);
}

function apply(m: Matrix, [x, y, z]: Rgb): Rgb {
  const row = ([a, b, c]: Rgb) => a * x + b * y + c * z;
  return [row(m[0]), row(m[1]), row(m[2])];
}

function transpose([a, b, c]: Matrix): Matrix {
  return [
    [a[0], b[0], c[0]],
    [a[1], b[1], c[1]],
    [a[2], b[2], c[2]],
  ];
}

function multiply(a: Matrix, b: Matrix): Matrix {
  const [x, y, z] = transpose(b);
  return transpose([apply(a, x), apply(a, y), apply(a, z)]);
}

function inverse([a, b, c]: Matrix): Matrix {
  const cross = (u: Rgb, v: Rgb): Rgb => [
    u[1] * v[2] - u[2] * v[1],
    u[2] * v[0] - u[0] * v[2],
    u[0] * v[1] - u[1] * v[0],
  ];
  const [p, q, r] = [cross(b, c), cross(c, a), cross(a, b)];
  const determinant = a[0] * p[0] + a[1] * p[1] + a[2] * p[2];
  const over = (v: Rgb): Rgb => [v[0] / determinant, v[1] / determinant, v[2] / determinant];
  return transpose([over(p), over(q), over(r)]);
}
