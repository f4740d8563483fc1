import { type Distance, distance } from './distance.js';
import { type Colour, type Picture, paint, pixel } from './picture.js';
import { fitted } from './reference.js';

/** A window of a master. */
export interface Place {
  /** Its position from left or top: 0 to 1, and 0.5 in the middle. */
  readonly at: number;
  /** Distance between the result and this window. */
  readonly far: Distance;
}

/** Finds the window, in whole pixels of the scaled picture, that is most similar to a result. */
export function placeOf(got: Picture, master: Picture, ground: Colour): Place {
  const scale = Math.max(got.width / master.width, got.height / master.height);
  const w = Math.round(master.width * scale);
  const h = Math.round(master.height * scale);
  const whole = fitted(master, { w, h }, 'cover', ground);
  const [right, down] = [w - got.width, h - got.height];
  const room = Math.max(right, down);
  const tries = Array.from({ length: room + 1 }, (_, i): Place => {
    const [left, top] = right > down ? [i, 0] : [0, i];
    const window = paint(got.width, got.height, (x, y) => pixel(whole, x + left, y + top));
    return { at: room === 0 ? 0.5 : i / room, far: distance(got, window) };
  });
  return tries.reduce((best, one) => (one.far.mean < best.far.mean ? one : best));
}
