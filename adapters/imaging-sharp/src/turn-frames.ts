/** Rows of 8-bit samples, frames below each other. */
export interface Frames {
  readonly data: Buffer;
  readonly width: number;
  /** Of one frame. */
  readonly height: number;
  readonly channels: 1 | 2 | 3 | 4;
}

/** EXIF orientations from this one on swap width and height (Exif 2.32 §4.6.4 A). */
const FIRST_TRANSPOSED = 5;

/** Turns and mirrors each frame by an EXIF orientation, which libvips does for single pictures only. */
export function turnFrames({ data, width, height, channels }: Frames, orientation: number): Frames {
  const isTransposed = orientation >= FIRST_TRANSPOSED;
  const turned = { width: isTransposed ? height : width, height: isTransposed ? width : height };
  const size = width * height * channels;
  const target = Buffer.alloc(data.length);
  // Where column 0 and row 0 of the stored picture are shown (Exif 2.32 §4.6.4 A).
  const isRight = [2, 3, 6, 7].includes(orientation);
  const isBottom = [3, 4, 7, 8].includes(orientation);
  // Steps in the stored picture to the next pixel and to the next row of the shown one.
  const [across, down] = isTransposed ? [width, 1] : [1, width];
  const step = (isRight ? -across : across) * channels;
  const rowStep = (isBottom ? -down : down) * channels;
  const start =
    ((isRight ? (turned.width - 1) * across : 0) + (isBottom ? (turned.height - 1) * down : 0)) *
    channels;
  for (let frame = 0; frame + size <= data.length; frame += size) {
    let to = frame;
    for (let y = 0; y < turned.height; y++) {
      let from = frame + start + y * rowStep;
      for (let x = 0; x < turned.width; x++, from += step) {
        for (let i = 0; i < channels; i++) target[to++] = data[from + i] ?? 0;
      }
    }
  }
  return { ...turned, data: target, channels };
}
