import type { RenderJob } from '@auraimage/ports';
import type { MasterType, VariantFormat } from '@auraimage/protocol';

/** CPU nanoseconds per pixel, rounded up from 4 megapixels of a noisy photo on one core, at the fast effort. */
const DECODE: Readonly<Record<MasterType, number>> = {
  'image/jpeg': 5,
  'image/png': 12,
  'image/gif': 12,
  'image/webp': 22,
  'image/avif': 55,
  'image/heic': 100,
  'image/jxl': 400,
  'image/tiff': 12,
  'image/bmp': 12,
};
const ENCODE: Readonly<Record<VariantFormat, number>> = {
  jpeg: 15,
  png: 60,
  webp: 70,
  avif: 400,
  gif: 450,
};
/** Of each pixel that a watermark is drawn over, and of each that it is scaled to. */
const WATERMARK = 20;
/** More of each pixel of a file that no decoder may shrink. */
const WHOLE = 15;
/** Of each pixel of a result that is mirrored or rotated, and of one that is sharpened. */
const [TURN, SHARPEN] = [15, 110];
/** Encoders take about six times as long at the thorough effort. */
const THOROUGH_FACTOR = 6;
/** Most CPU milliseconds that a short job is expected to take. */
const SHORT_MS = 250;

/** Whether the border of a file is expected to be found in a quarter of a second of CPU time. */
export function isShortBorder(type: MasterType, pixels: number): boolean {
  return pixels * (DECODE[type] + WHOLE) <= SHORT_MS * 1e6;
}

/** Pixels of the largest file of a type that is decoded in a short job. */
export function shortPixels(type: MasterType): number {
  return (SHORT_MS * 1e6) / DECODE[type];
}

/**
 * Whether a variant is expected to take no more than a quarter of a second of CPU time. An estimate: it decides which
 * process takes the job, not what it may take.
 *
 * @param pixels of the master, all frames together
 */
export function isShortRender(job: RenderJob, pixels: number): boolean {
  const { type, scaled, canvas, watermark, format, effort } = job;
  const { width, height } = canvas ?? scaled;
  const encode = ENCODE[format] * (effort === 'thorough' ? THOROUGH_FACTOR : 1);
  const draw = watermark === undefined ? 0 : WATERMARK;
  const mark = watermark === undefined ? 0 : watermark.pixels * DECODE[watermark.type];
  const decode = DECODE[type] + (job.trim === undefined ? 0 : WHOLE);
  const effects =
    (job.orientation === undefined ? 0 : TURN) + (job.sharpen === undefined ? 0 : SHARPEN);
  return pixels * decode + mark + width * height * (effects + draw + encode) <= SHORT_MS * 1e6;
}
