import type { Orientation, Region, Size } from '@auraimage/ports';
import type { Flip, Point, Rotation } from '@auraimage/protocol';

/** The orientation of a picture that is rotated, and of one that is mirrored left to right before. */
const ORIENTATIONS = {
  0: [undefined, 2],
  90: [6, 7],
  180: [3, 4],
  270: [8, 5],
} as const satisfies Record<Rotation | 0, readonly (Orientation | undefined)[]>;

/** Those that show the first column at the right, and those that show the first row at the bottom, before they transpose. */
const RIGHT: ReadonlySet<Orientation> = new Set([2, 3, 6, 7]);
const BOTTOM: ReadonlySet<Orientation> = new Set([3, 4, 7, 8]);

/**
 * Mirrors, then rotates clockwise. The sixteen ways to say it have eight results.
 *
 * @returns the orientation with this result; `undefined` if nothing changes
 */
export function orientationOf(
  flip: Flip | undefined,
  rotate: Rotation | undefined,
): Orientation | undefined {
  const isMirrored = flip === 'h' || flip === 'v';
  // Top to bottom is left to right and half a turn.
  const turn = ((rotate ?? 0) + (flip === 'v' || flip === 'hv' ? 180 : 0)) % 360;
  return ORIENTATIONS[turn as Rotation | 0][isMirrored ? 1 : 0];
}

/** The shortest way to say an orientation. */
export function flipAndRotation(orientation: Orientation | undefined): {
  readonly flip?: 'h';
  readonly rotate?: Rotation;
} {
  for (const [degrees, [turned, mirrored]] of Object.entries(ORIENTATIONS)) {
    const rotate = degrees === '0' ? {} : { rotate: Number(degrees) as Rotation };
    if (orientation === turned) return rotate;
    if (orientation === mirrored) return { flip: 'h', ...rotate };
  }
  return {};
}

function isTransposed(orientation: Orientation | undefined): boolean {
  return orientation !== undefined && orientation >= 5;
}

/** The size of a picture after the turn, and that before it of one after it. */
export function turnedSize({ width, height }: Size, orientation: Orientation | undefined): Size {
  return isTransposed(orientation) ? { width: height, height: width } : { width, height };
}

/** Where a point of a picture is after the turn. */
export function turnedPoint({ x, y }: Point, orientation: Orientation | undefined): Point {
  if (orientation === undefined) return { x, y };
  const [across, down] = isTransposed(orientation) ? [y, x] : [x, y];
  return {
    x: RIGHT.has(orientation) ? 1 - across : across,
    y: BOTTOM.has(orientation) ? 1 - down : down,
  };
}

/**
 * Where a part of the turned picture was before the turn.
 *
 * @param turned size of the whole turned picture
 */
export function unturnedRegion(
  { left, top, width, height }: Region,
  turned: Size,
  orientation: Orientation | undefined,
): Region {
  if (orientation === undefined) return { left, top, width, height };
  const across = RIGHT.has(orientation) ? turned.width - left - width : left;
  const down = BOTTOM.has(orientation) ? turned.height - top - height : top;
  const [column, row] = isTransposed(orientation) ? [down, across] : [across, down];
  return { left: column, top: row, ...turnedSize({ width, height }, orientation) };
}
