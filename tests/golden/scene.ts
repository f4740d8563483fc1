import { type Colour, type Picture, paint } from './picture.js';

/** The colour of a tile. */
type Shade = (tile: number) => Colour;

/**
 * The drawing of every golden: tiles that get brighter towards one corner. No two within 24 are equal, so that any
 * rotation, mirroring, shift or change of colour is detected. Five steps per tile fit into the palette of a GIF.
 */
export function scene(
  shade: Shade,
  { width = 120, height = 80, tileWidth = 20, tileHeight = 20, frame = 0 } = {},
): Picture {
  return paint(width, height, (x, y) => {
    const tile = Math.floor(x / tileWidth) + 6 * Math.floor(y / tileHeight) + 5 * frame;
    const across = (x % tileWidth) / tileWidth + (y % tileHeight) / tileHeight;
    return brighter(shade(tile), Math.floor(across * 2.5) / 2 - 1);
  });
}

/** From -1, darker, to 1. */
function brighter([red, green, blue, alpha]: Colour, by: number): Colour {
  if (alpha === 0) return [red, green, blue, alpha];
  return [red + by * STEP, green + by * STEP, blue + by * STEP, alpha];
}

const STEP = 36;

/** 24 steps from 44 to 205: a stride without a common divisor visits each once. */
const step = (tile: number, stride: number, from: number) => 44 + ((tile * stride + from) % 24) * 7;

export const vivid: Shade = (tile) => [step(tile, 7, 0), step(tile, 11, 5), step(tile, 13, 9), 255];

/** Colours that ink can print. */
export const muted: Shade = (tile) => {
  const [red, green, blue] = vivid(tile);
  const soft = (value: number) => Math.round(140 + (value - 140) * 0.4);
  return [soft(red), soft(green), soft(blue), 255];
};

export const grey: Shade = (tile) => {
  const value = step(tile, 7, 0);
  return [value, value, value, 255];
};

/** Four kinds of tile from transparent to opaque. Transparent pixels are bright red, which must not be visible. */
export const veil: Shade = (tile) => {
  const alpha = ((tile * 5 + 3) % 4) * 85;
  const [red, green, blue] = alpha === 0 ? [255, 0, 0] : vivid(tile);
  return [red, green, blue, alpha];
};

/** Tiles that are either transparent or opaque. */
export const cutout: Shade = (tile) => (tile % 3 === 1 ? [0, 0, 0, 0] : vivid(tile));
