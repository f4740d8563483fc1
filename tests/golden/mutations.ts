import { fromLinear, toLinear } from './distance.js';
import { inP3 } from './masters.js';
import { BLACK, flatten, type Picture, paint, pixel, recolour, WHITE } from './picture.js';

/** Typical mistakes of a pipeline, applied to a correct picture. */
export const MUTATIONS = {
  'moved right by 2 pixels': (shown) => moved(shown, 2, 0),
  'moved down by 2 pixels': (shown) => moved(shown, 0, 2),
  mirrored: (shown) => mapped(shown, (x, y) => [shown.width - 1 - x, y]),
  'upside down': (shown) => mapped(shown, (x, y) => [x, shown.height - 1 - y]),
  'turned by a half': (shown) =>
    mapped(shown, (x, y) => [shown.width - 1 - x, shown.height - 1 - y]),
  'turned by a quarter': (shown) => mapped(shown, (x, y) => [y, shown.height - 1 - x]),
  'enlarged by an eighth': (shown) => {
    const closer = (at: number, length: number) => Math.round(at * 0.875 + length / 16);
    return mapped(shown, (x, y) => [closer(x, shown.width), closer(y, shown.height)]);
  },
  'red for blue': (shown) =>
    recolour(shown, ([red, green, blue, alpha]) => [blue, green, red, alpha]),
  'green for blue': (shown) =>
    recolour(shown, ([red, green, blue, alpha]) => [red, blue, green, alpha]),
  'numbers of Display P3 taken for sRGB': inP3,
  'linear numbers taken for sRGB': (shown) => curved(shown, (value) => 255 * toLinear(value)),
  'sRGB taken for linear numbers': (shown) => curved(shown, (value) => fromLinear(value / 255)),
  'a negative': (shown) => curved(shown, (value) => 255 - value),
  'without colour': (shown) =>
    recolour(shown, ([red, green, blue, alpha]) => {
      const luma = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
      return [luma, luma, luma, alpha];
    }),
  'alpha lost to black': (shown) => flatten(shown, BLACK),
  'alpha lost to white': (shown) => flatten(shown, WHITE),
  'alpha either clear or opaque': (shown) =>
    recolour(shown, ([red, green, blue, alpha]) => [red, green, blue, alpha < 128 ? 0 : 255]),
  'alpha multiplied twice': (shown) =>
    recolour(shown, ([red, green, blue, alpha]) => {
      const times = (value: number) => (value * alpha) / 255;
      return [times(red), times(green), times(blue), alpha];
    }),
} satisfies Record<string, (shown: Picture) => Picture>;

export type Mutation = keyof typeof MUTATIONS;

function moved(shown: Picture, right: number, down: number): Picture {
  return mapped(shown, (x, y) => [Math.max(0, x - right), Math.max(0, y - down)]);
}

function mapped(shown: Picture, from: (x: number, y: number) => [number, number]): Picture {
  return paint(shown.width, shown.height, (x, y) => pixel(shown, ...from(x, y)));
}

function curved(shown: Picture, curve: (value: number) => number): Picture {
  return recolour(shown, ([red, green, blue, alpha]) => {
    return [curve(red), curve(green), curve(blue), alpha];
  });
}
