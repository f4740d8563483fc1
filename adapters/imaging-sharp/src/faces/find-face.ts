import type { Focus } from '@auraimage/ports';
import { createDetector, type Detector, type Face, SIDE } from './detector.js';

/** Least score of a face. Without faces, the highest known score is 0.39, of coins with heads. */
const MIN_SCORE = 0.5;
/** Boxes with a larger intersection over union are the same face. */
const MAX_OVERLAP = 0.5;

/** RGB pixels, at most {@link SIDE} on a side. */
export interface Picture {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** Loaded once per process. */
let detector: Promise<Detector> | undefined;

/** The centre of the most prominent face, by area times score. */
export async function findFace(picture: Picture): Promise<Focus> {
  detector ??= createDetector(MIN_SCORE);
  const detect = await detector;
  const faces = distinct(detect(squareOf(picture)));
  const [most] = faces.sort((one, other) => prominence(other) - prominence(one));
  if (most === undefined) return null;
  return {
    x: centre(most.left, most.width, picture.width),
    y: centre(most.top, most.height, picture.height),
  };
}

/** The centre of the part inside the picture; a box may extend beyond it. */
function centre(start: number, length: number, side: number): number {
  const within = (place: number) => Math.min(1, Math.max(0, (place * SIDE) / side));
  return (within(start) + within(start + length)) / 2;
}

/** Places the picture in the upper left corner of a black square, as in the detector's training. */
function squareOf({ data, width, height }: Picture): Uint8Array {
  const square = new Uint8Array(SIDE * SIDE * 3);
  for (let row = 0; row < height; row++) {
    square.set(data.subarray(row * width * 3, (row + 1) * width * 3), row * SIDE * 3);
  }
  return square;
}

/** Keeps the box with the highest score of each face (non-maximum suppression). */
function distinct(boxes: readonly Face[]): Face[] {
  const kept: Face[] = [];
  for (const box of [...boxes].sort((one, other) => other.score - one.score)) {
    if (!kept.some((other) => overlapOf(box, other) > MAX_OVERLAP)) kept.push(box);
  }
  return kept;
}

/** Intersection over union of two boxes. */
function overlapOf(one: Face, other: Face): number {
  const overlap = (start: 'left' | 'top', length: 'width' | 'height') => {
    const end = Math.min(one[start] + one[length], other[start] + other[length]);
    return Math.max(0, end - Math.max(one[start], other[start]));
  };
  const both = overlap('left', 'width') * overlap('top', 'height');
  return both / (area(one) + area(other) - both);
}

function area({ width, height }: Face): number {
  return width * height;
}

function prominence(face: Face): number {
  return area(face) * face.score;
}
