import type { MasterFacts, Orientation, RenderJob, Size, Watermark } from '@auraimage/ports';
import type { MasterType } from '@auraimage/protocol';
import type { DrawOptions, OutputOptions, TransformStep } from './binding.js';

// https://developers.cloudflare.com/images/get-started/limits/ and, of the file, …/optimization/binding/
/** Most bytes of a file that the binding takes. */
export const MAX_BYTES = 20 * 1000 * 1000;
/** Most pixels of a picture. */
export const MAX_PIXELS = 100_000_000;
/** Most pixels of all frames of an animation. A larger one would be returned without any change. */
export const MAX_ANIMATION_PIXELS = 50_000_000;
/** Longest side of an AVIF that is made. */
const MAX_AVIF_SIDE = 1200;

/** Types that the binding decodes; AVIF in some accounts only. */
const DECODED: ReadonlySet<MasterType> = new Set([
  ...(['image/jpeg', 'image/png', 'image/gif', 'image/webp', 'image/avif', 'image/heic'] as const),
]);

export function isDecoded(type: MasterType): boolean {
  return DECODED.has(type);
}

/** Whether the binding can do a job. */
export function canRender(
  { type, format, ...job }: Omit<RenderJob, 'watermark'>,
  { size, pixels, frames, hasWatermark }: MasterFacts,
): boolean {
  if (!isDecoded(type) || size > MAX_BYTES) return false;
  if (pixels > (frames > 1 ? MAX_ANIMATION_PIXELS : MAX_PIXELS)) return false;
  // Its documentation does not say that the other frames get the watermark, too.
  if (hasWatermark && frames > 1 && isAnimated(format)) return false;
  const { width, height } = resultOf(job);
  return format !== 'avif' || Math.max(width, height) <= MAX_AVIF_SIDE;
}

/** The size of what a job makes. */
export function resultOf({
  scaled,
  crop,
  cropAround,
  orientation,
  canvas,
}: Pick<RenderJob, 'scaled' | 'crop' | 'cropAround' | 'orientation' | 'canvas'>): Size {
  const { width, height } = canvas ?? turned(crop ?? cropAround ?? scaled, orientation);
  return { width, height };
}

function turned({ width, height }: Size, orientation: Orientation | undefined): Size {
  const isTransposed = orientation !== undefined && orientation >= 5;
  return isTransposed ? { width: height, height: width } : { width, height };
}

/**
 * The steps of a job, one for each that the port names, so that they are done in its order. The watermark comes after
 * them.
 */
export function stepsOf(job: RenderJob): readonly TransformStep[] {
  const { trim, scaled, crop, cropAround, orientation, gray, sharpen, background, canvas } = job;
  const colour = background && `#${background}`;
  const steps: TransformStep[] = [];
  if (trim !== undefined) steps.push({ trim });
  steps.push({ ...scaled, fit: 'squeeze' });
  if (crop !== undefined) steps.push({ trim: crop });
  if (cropAround !== undefined) {
    const { width, height, focus } = cropAround;
    steps.push({ width, height, fit: 'cover', gravity: focus });
  }
  if (orientation !== undefined) steps.push(TURNS[orientation]);
  if (gray) steps.push({ saturation: 0 });
  if (sharpen !== undefined) steps.push({ sharpen });
  if (colour !== undefined) steps.push({ background: colour });
  if (canvas !== undefined) {
    const picture = turned(crop ?? cropAround ?? scaled, orientation);
    const clear = job.format === 'jpeg' ? WHITE : CLEAR;
    steps.push({ border: { color: colour ?? clear, ...marginsOf(picture, canvas) } });
  }
  // Changes nothing: Miniflare's simulation of the binding ignores crops and borders, but not this.
  if (crop ?? cropAround ?? orientation ?? canvas) steps.push({ ...resultOf(job), fit: 'squeeze' });
  return steps;
}

const WHITE = '#ffffff';
const CLEAR = '#00000000';

const TURNS: Readonly<Record<Orientation, TransformStep>> = {
  2: { flip: 'h' },
  3: { rotate: 180 },
  4: { flip: 'v' },
  5: { flip: 'h', rotate: 270 },
  6: { rotate: 90 },
  7: { flip: 'h', rotate: 90 },
  8: { rotate: 270 },
};

function marginsOf(picture: Size, canvas: Size) {
  const left = Math.floor((canvas.width - picture.width) / 2);
  const top = Math.floor((canvas.height - picture.height) / 2);
  const right = canvas.width - picture.width - left;
  const bottom = canvas.height - picture.height - top;
  return { top, right, bottom, left };
}

export function outputOf({ format, quality }: RenderJob): OutputOptions {
  return {
    format: `image/${format}`,
    anim: isAnimated(format),
    // With a quality, PNG would lose colours.
    ...(format !== 'png' && format !== 'gif' && { quality }),
    ...(format === 'jpeg' && { background: WHITE }),
  };
}

function isAnimated(format: RenderJob['format']): boolean {
  return format === 'webp' || format === 'gif';
}

/**
 * How a watermark is scaled and where it is drawn.
 *
 * @param mark size of its file
 * @param under size of the picture
 */
export function watermarkOn(
  under: Size,
  mark: Size,
  { scale, at, opacity, tile }: Pick<Watermark, 'scale' | 'at' | 'opacity' | 'tile'>,
): { readonly step: TransformStep; readonly options: DrawOptions } {
  const factor = Math.min((under.width * scale) / mark.width, under.height / mark.height);
  const side = (length: number, most: number) =>
    Math.min(most, Math.max(1, Math.round(length * factor)));
  const width = side(mark.width, under.width);
  const height = side(mark.height, under.height);
  const left = Math.round((under.width - width) * at.x);
  const top = Math.round((under.height - height) * at.y);
  return {
    step: { width, height, fit: 'squeeze' },
    options: tile
      ? { left: left % width, top: top % height, opacity, repeat: true }
      : { left, top, opacity },
  };
}
