import type { Size } from '@auraimage/ports';
import type { Pixels } from './encode.js';
import { openSource } from './source.js';
import { loadAs, type WatermarkInput } from './tasks.js';
import { strictness } from './tolerance.js';

/** Red, green, blue, alpha. */
const CHANNELS = 4;

interface Mark extends Size {
  readonly data: Uint8Array;
}

/**
 * Draws a watermark over a picture and over each frame of an animation. Pixels that it does not cover stay as they are.
 * Colours are mixed as browsers mix them: source-over in sRGB (Compositing and Blending Level 1 §9.1.4).
 *
 * @param picture its pixels are changed in place
 * @param maxPixels most pixels of the watermark's file
 * @throws if the watermark is broken or has too many pixels
 */
export async function drawWatermark(
  picture: Pixels,
  watermark: WatermarkInput,
  maxPixels: number,
): Promise<Pixels> {
  const { opacity, tile, at } = watermark;
  const frames = picture.animation?.frames ?? 1;
  const frame = { width: picture.width, height: picture.height / frames };
  const mark = await load(watermark, frame, maxPixels);
  const left = Math.round((frame.width - mark.width) * at.x);
  const top = Math.round((frame.height - mark.height) * at.y);
  const area = tile
    ? { left: 0, top: 0, ...frame }
    : { left, top, width: mark.width, height: mark.height };
  for (let i = 0; i < frames; i++) {
    for (let y = area.top; y < area.top + area.height; y++) {
      const markRow = modulo(y - top, mark.height) * mark.width;
      const row = (i * frame.height + y) * frame.width;
      for (
        let x = area.left, column = modulo(x - left, mark.width);
        x < area.left + area.width;
        x++
      ) {
        mix(picture, row + x, mark.data, markRow + column, opacity);
        column = column + 1 === mark.width ? 0 : column + 1;
      }
    }
  }
  return picture;
}

/** The watermark's pixels in the size in which they are drawn. */
async function load(
  { input, type, scale }: WatermarkInput,
  frame: Size,
  maxPixels: number,
): Promise<Mark> {
  const source = await openSource(loadAs(type, input), type);
  if (source === null) throw new Error('the header of the watermark is damaged');
  if (source.width * source.height > maxPixels) throw new Error('the watermark is too large');
  const size = sizeWithin(source, frame, scale);
  const { image, show } = await source.decode({ frames: 1, failOn: strictness(type) });
  const shown = await show(image.resize({ ...size, fit: 'fill' }));
  return { data: await shown.ensureAlpha().raw().toBuffer(), ...size };
}

function sizeWithin({ width, height }: Size, frame: Size, scale: number): Size {
  const factor = Math.min((frame.width * scale) / width, frame.height / height);
  const side = (length: number, most: number) =>
    Math.min(most, Math.max(1, Math.round(length * factor)));
  return { width: side(width, frame.width), height: side(height, frame.height) };
}

/** Draws a pixel over another one. Neither is premultiplied. */
function mix(
  { data, channels }: Pixels,
  pixel: number,
  mark: Uint8Array,
  over: number,
  opacity: number,
): void {
  const from = over * CHANNELS;
  const alpha = ((mark[from + 3] ?? 0) * opacity) / 255;
  if (alpha === 0) return;
  const to = pixel * channels;
  const under = channels === CHANNELS ? (data[to + 3] ?? 0) / 255 : 1;
  const together = alpha + under * (1 - alpha);
  const share = alpha / together;
  for (let i = 0; i < 3; i++) {
    const below = data[to + i] ?? 0;
    data[to + i] = Math.round(below + ((mark[from + i] ?? 0) - below) * share);
  }
  if (channels === CHANNELS) data[to + 3] = Math.round(together * 255);
}

function modulo(value: number, by: number): number {
  return ((value % by) + by) % by;
}
