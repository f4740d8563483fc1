/** Pixels as they are shown: red, green, blue, alpha of each, rows from the top, in sRGB. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8ClampedArray;
}

export type Colour = readonly [red: number, green: number, blue: number, alpha: number];

export const CLEAR: Colour = [0, 0, 0, 0];
export const BLACK: Colour = [0, 0, 0, 255];
export const WHITE: Colour = [255, 255, 255, 255];

/** A picture from the colour of each of its pixels. */
export function paint(
  width: number,
  height: number,
  colourAt: (x: number, y: number) => Colour,
): Picture {
  const data = new Uint8ClampedArray(width * height * 4);
  for (let i = 0; i < width * height; i++) {
    const x = i % width;
    const colour = colourAt(x, (i - x) / width);
    // Millions of pixels: to set each as an array takes ten times as long.
    data[i * 4] = colour[0];
    data[i * 4 + 1] = colour[1];
    data[i * 4 + 2] = colour[2];
    data[i * 4 + 3] = colour[3];
  }
  return { width, height, data };
}

/** The colour of a pixel; `outside` if it is not in the picture. */
export function pixel(
  { width, height, data }: Picture,
  x: number,
  y: number,
  outside: Colour = CLEAR,
): Colour {
  if (x < 0 || y < 0 || x >= width || y >= height) return outside;
  const at = (y * width + x) * 4;
  return [data[at] ?? 0, data[at + 1] ?? 0, data[at + 2] ?? 0, data[at + 3] ?? 0];
}

/** Maps every pixel. */
export function recolour(picture: Picture, change: (colour: Colour) => Colour): Picture {
  const { width, height } = picture;
  return paint(width, height, (x, y) => change(pixel(picture, x, y)));
}

/** The picture on an opaque background of one colour. */
export function flatten(picture: Picture, ground: Colour): Picture {
  return recolour(picture, ([red, green, blue, alpha]) => {
    const over = (value: number, under: number) => (value * alpha + under * (255 - alpha)) / 255;
    return [over(red, ground[0]), over(green, ground[1]), over(blue, ground[2]), 255];
  });
}
