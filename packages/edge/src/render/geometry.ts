import type { Focus, Region, Size } from '@auraimage/ports';
import type { Fit } from '@auraimage/protocol';

/** How a master is scaled and cut. Every member is in whole pixels, at least 1. */
export interface Geometry {
  /** Size of the variant. */
  readonly size: Size;
  readonly scaled: Size;
  readonly crop?: Region;
  readonly canvas?: Size;
}

const CENTRE = { x: 0.5, y: 0.5 };
const MAX_GROUND_PIXELS = 4096 * 4096;

/** Lengths in pixels as requested. */
export interface RequestedLengths {
  readonly w?: number | undefined;
  readonly h?: number | undefined;
  /** Longest side of the result, at least 1; `null`: no limit. */
  readonly maxEdge: number | null;
}

/** Whether the requested proportions require a crop or padding. */
export function needsFit(master: Size, { w, h, maxEdge }: RequestedLengths): boolean {
  if (w === undefined || h === undefined) return false;
  const { width, height } = boxWithin(master, boxOf(w, h, maxEdge), 'cover', maxEdge);
  const covering = scaleToCover(master, { width, height });
  return covering.width !== width || covering.height !== height;
}

/**
 * Computes the sizes of a variant. `w` or `h` alone keeps the proportions. The picture is never enlarged: a box
 * that would require it is scaled down in proportion, as is one with a side longer than `maxEdge`. Under a `maxEdge`, a
 * crop is cut from the picture in this size: otherwise crops at several places would show the pixels of the original.
 *
 * @param fit `contain` shows the whole picture on a background of `w` × `h`; the others fill the box and crop
 *   the rest
 * @param focus crops are around it, moved inside the picture; `null`: around the centre
 */
export function geometryOf(
  master: Size,
  { w, h, fit, maxEdge }: RequestedLengths & { readonly fit: Fit },
  focus: Focus,
): Geometry {
  if (w === undefined || h === undefined) {
    const scale = Math.min(
      1,
      (w ?? Infinity) / master.width,
      (h ?? Infinity) / master.height,
      (maxEdge ?? Infinity) / Math.max(master.width, master.height),
    );
    const scaled = resized(master, scale);
    return { size: scaled, scaled };
  }
  const box = boxWithin(master, boxOf(w, h, maxEdge), fit, maxEdge);
  if (fit === 'contain') {
    const scaled = scaleToFit(master, box);
    const fills = scaled.width === box.width && scaled.height === box.height;
    return { size: box, scaled, ...(fills ? {} : { canvas: box }) };
  }
  const scaled = scaleToCover(master, box);
  const fills = scaled.width === box.width && scaled.height === box.height;
  return { size: box, scaled, ...(fills ? {} : { crop: around(focus ?? CENTRE, box, scaled) }) };
}

function boxOf(width: number, height: number, maxEdge: number | null): Size {
  return shrunk({ width, height }, Math.max(width, height) / (maxEdge ?? Infinity));
}

/**
 * The box, scaled down if the picture would have to be enlarged to fill it. A background (`contain`) may have
 * other proportions than the picture: no side is longer than the picture's longest, and it has at most as many
 * pixels as the picture or {@link MAX_GROUND_PIXELS}, whichever is larger.
 */
function boxWithin(master: Size, box: Size, fit: Fit, maxEdge: number | null): Size {
  const across = box.width / master.width;
  const down = box.height / master.height;
  const masterEdge = Math.max(master.width, master.height);
  const surplus = Math.max(1, masterEdge / (maxEdge ?? Infinity));
  if (fit !== 'contain') return shrunk(box, Math.max(across, down) * surplus);
  const longest = Math.max(box.width, box.height) / masterEdge;
  const pixels = (box.width * box.height) / Math.max(pixelsOf(master), MAX_GROUND_PIXELS);
  return shrunk(box, Math.max(Math.min(across, down), longest, Math.sqrt(pixels)));
}

function shrunk(box: Size, factor: number): Size {
  return factor > 1 ? resized(box, 1 / factor) : box;
}

function pixelsOf({ width, height }: Size): number {
  return width * height;
}

function scaleToCover(master: Size, box: Size): Size {
  const across = resized(master, box.width / master.width);
  const down = resized(master, box.height / master.height);
  if (across.height === box.height || down.width === box.width) return box;
  const scale = Math.max(box.width / master.width, box.height / master.height);
  const { width, height } = resized(master, scale);
  return { width: Math.max(width, box.width), height: Math.max(height, box.height) };
}

function scaleToFit(master: Size, box: Size): Size {
  const scale = Math.min(box.width / master.width, box.height / master.height);
  const { width, height } = resized(master, scale);
  return { width: Math.min(width, box.width), height: Math.min(height, box.height) };
}

/** The box around a point of the scaled picture, moved inside it. */
function around(
  point: { readonly x: number; readonly y: number },
  box: Size,
  scaled: Size,
): Region {
  const place = (at: number, length: number, whole: number) =>
    Math.round(Math.min(Math.max(at * whole - length / 2, 0), whole - length));
  return {
    left: place(point.x, box.width, scaled.width),
    top: place(point.y, box.height, scaled.height),
    ...box,
  };
}

function resized({ width, height }: Size, scale: number): Size {
  const side = (length: number) => Math.max(1, Math.round(length * scale));
  return { width: side(width), height: side(height) };
}
