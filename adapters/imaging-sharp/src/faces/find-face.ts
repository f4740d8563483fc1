import type { Focus } from '@auraimage/ports';
import { createDetector, type Detector, type Face, SIDE } from './detector.js';

/** How sure the detector must be. Pictures without faces stay below: coins with heads come next, at 0.39. */
const MIN_SCORE = 0.5;
/** Boxes that share more than this part of their area are of one face. */
const SAME = 0.5;

/** Pixels of red, green and blue, at most {@link SIDE} a side. */
export interface Picture {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** Read once in a process. */
let detector: Promise<Detector> | undefined;

/** The middle of the most prominent face: the largest, unless the detector is much less sure of it. */
export async function findFace(picture: Picture): Promise<Focus> {
  detector ??= createDetector(MIN_SCORE);
  const detect = await detector;
  const faces = distinct(detect(squareOf(picture)));
  const [most] = faces.sort((one, other) => prominence(other) - prominence(one));
  if (most === undefined) return null;
  return {
    x: middle(most.left, most.width, picture.width),
    y: middle(most.top, most.height, picture.height),
  };
}

/** The middle of what is in the picture; a face may reach out of it. */
function middle(start: number, length: number, side: number): number {
  const within = (place: number) => Math.min(1, Math.max(0, (place * SIDE) / side));
  return (within(start) + within(start + length)) / 2;
}

/** Puts the picture into the upper left corner of a black square: the detector was trained that way. */
function squareOf({ data, width, height }: Picture): Uint8Array {
  const square = new Uint8Array(SIDE * SIDE * 3);
  for (let row = 0; row < height; row++) {
    square.set(data.subarray(row * width * 3, (row + 1) * width * 3), row * SIDE * 3);
  }
  return square;
}

/** Of boxes around one face, the one that the detector is surest of. */
function distinct(boxes: readonly Face[]): Face[] {
  const kept: Face[] = [];
  for (const box of [...boxes].sort((one, other) => other.score - one.score)) {
    if (!kept.some((other) => shared(box, other) > SAME)) kept.push(box);
  }
  return kept;
}

/** What two boxes share, as a part of what they cover together. */
function shared(one: Face, other: Face): number {
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
