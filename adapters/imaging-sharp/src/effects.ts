import type { RenderJob } from '@auraimage/ports';
import { sharp } from './sharp.js';
import { type Frames, turnFrames } from './turn-frames.js';

type Effects = Pick<RenderJob, 'orientation' | 'gray' | 'sharpen'>;

/** Red, green, blue from 0 to 255, alpha from 0 to 1. */
export interface Colour {
  readonly r: number;
  readonly g: number;
  readonly b: number;
  readonly alpha: number;
}

/** Red, green, blue, alpha. */
const CHANNELS = 4;
/** Of the unsharp mask, in pixels. */
const RADIUS = 1;

/** The colour under a picture: that of the job, on white if the format has no alpha. */
export function groundOf(background: string | undefined, hasAlpha: boolean): Colour {
  const part = (at: number) =>
    Number.parseInt((background ?? '00000000').slice(at, at + 2) || 'ff', 16);
  const alpha = part(6) / 255;
  const channel = (at: number) =>
    hasAlpha ? part(at) : Math.round(255 + (part(at) - 255) * alpha);
  return { r: channel(0), g: channel(2), b: channel(4), alpha: hasAlpha ? alpha : 1 };
}

/** Whether a job changes pixels after the resize, other than on its ground. */
export function hasEffects({ orientation, gray, sharpen }: Effects): boolean {
  return orientation !== undefined || gray === true || sharpen !== undefined;
}

/** Applies the effects of a job to every frame, in their order. */
export async function applyEffects(
  frames: Frames,
  { orientation, gray = false, sharpen }: Effects,
): Promise<Frames> {
  const turned = orientation === undefined ? frames : turnFrames(frames, orientation);
  if (gray) takeColours(turned);
  return sharpen === undefined ? turned : sharpened(turned, sharpen);
}

/** In place, by the matrix of `grayscale(1)` in Filter Effects Level 1 §9.4, on the numbers of sRGB. */
function takeColours({ data, channels }: Frames): void {
  if (channels < 3) return;
  for (let at = 0; at + 2 < data.length; at += channels) {
    const red = data[at] ?? 0;
    const green = data[at + 1] ?? 0;
    const blue = data[at + 2] ?? 0;
    const luma = Math.round(0.2126 * red + 0.7152 * green + 0.0722 * blue);
    data[at] = luma;
    data[at + 1] = luma;
    data[at + 2] = luma;
  }
}

/** Frame by frame: the mask would mix rows of neighbours. */
async function sharpened(frames: Frames, strength: number): Promise<Frames> {
  const { data, width, height, channels } = frames;
  const size = width * height * channels;
  const target = Buffer.alloc(data.length);
  for (let at = 0; at + size <= data.length; at += size) {
    const raw = { width, height, channels };
    const { data: shown, info } = await sharp(data.subarray(at, at + size), { raw })
      // The proportion of flat to jagged areas is that of libvips.
      .sharpen({ sigma: RADIUS, m1: strength, m2: 2 * strength })
      .raw()
      .toBuffer({ resolveWithObject: true });
    if (info.channels !== channels) throw new Error(`sharpening made ${info.channels} channels`);
    shown.copy(target, at);
  }
  return { ...frames, data: target };
}

/** Puts a colour under the pixels, in place: destination-over in sRGB (Compositing and Blending Level 1 §9.1.5). */
export function fillUnder({ data, channels }: Frames, { r, g, b, alpha }: Colour): void {
  if (channels !== CHANNELS) return;
  const under = [r, g, b];
  for (let at = 0; at < data.length; at += CHANNELS) {
    const over = (data[at + 3] ?? 0) / 255;
    const together = over + alpha * (1 - over);
    for (let i = 0; i < 3; i++) {
      const below = under[i] ?? 0;
      data[at + i] = Math.round(below + (((data[at + i] ?? 0) - below) * over) / together);
    }
    data[at + 3] = Math.round(together * 255);
  }
}
