import type { Rendering, RenderJob, Size } from '@auraimage/ports';
import type { Sharp } from 'sharp';
import { encode, hasAlphaChannel, keepsFrames, type Pixels } from './encode.js';
import { type Decoded, openSource } from './source.js';
import type { Input, Limits, Task } from './tasks.js';
import { strictness } from './tolerance.js';
import { drawWatermark } from './watermark.js';

/** Largest variant. */
const MAX_BYTES = 64 * 1024 * 1024;
/** How many times the pixels of a picture all scaled frames may have, which are in memory at once. */
const MAX_SCALED_FACTOR = 2;
/** Sharp, and of a copy without the overshoot that would stay in everything that is made of it. */
const KERNELS = { variant: 'lanczos3', copy: 'mitchell' } as const;
const TRANSPARENT = { r: 0, g: 0, b: 0, alpha: 0 };

interface Picture extends Decoded {
  /** Timing of the frames, when more than one is kept. */
  readonly animation: Pixels['animation'];
}

type RenderTask = Extract<Task, { readonly name: 'render' }>;
type Opened = Picture | 'image_not_decodable' | 'render_failed';

/** Renders a variant: an ordered list of steps. */
export async function render({
  input,
  job,
  watermark,
  limits,
}: Omit<RenderTask, 'name'>): Promise<Rendering> {
  const lap = stopwatch();
  const opened = await open(input, job, limits);
  if (typeof opened === 'string') return { ok: false, code: opened };
  const decode = lap();

  const drawn = await draw(opened, job).catch(() => null);
  if (drawn === null) return { ok: false, code: 'image_not_decodable' };
  const pixels = await (watermark === undefined
    ? drawn
    : drawWatermark(drawn, watermark, limits.maxPixels).catch(() => null));
  if (pixels === null) return { ok: false, code: 'render_failed' };
  const resize = lap();

  const bytes = await encode(pixels, job).catch(() => null);
  if (bytes === null || bytes.length > MAX_BYTES) return { ok: false, code: 'render_failed' };
  return { ok: true, bytes, timings: { decode, resize, encode: lap() } };
}

/** Reads the header and checks the limits before any pixel is decoded. */
async function open(input: Input, job: RenderJob, limits: Limits): Promise<Opened> {
  const source = await openSource(input, job.type);
  if (source === null) return 'image_not_decodable';
  const { delay, loop } = source;
  const frames = keepsFrames(job) ? source.frames : 1;
  const pixels = source.width * source.height;
  const { width, height } = job.scaled;
  const tooLarge =
    pixels > limits.maxPixels ||
    pixels * frames > limits.maxAnimationPixels ||
    width * height * frames > limits.maxPixels * MAX_SCALED_FACTOR;
  if (tooLarge || frames > limits.maxFrames) return 'render_failed';
  const decoding = { frames, failOn: strictness(job.type), exact: job.copy === 'read' };
  const decoded = await source.decode(decoding).catch(() => null);
  if (decoded === null) return 'image_not_decodable';
  return { ...decoded, animation: frames > 1 ? { frames, delay, loop } : undefined };
}

/** Decodes and scales row by row. Rejects for a broken file. */
async function draw({ image, show, animation }: Picture, job: RenderJob): Promise<Pixels> {
  const shown = await show(crop(scale(image, job), job));
  const { data, info } = await canvas(flatten(shown, job), job)
    .raw()
    .toBuffer({ resolveWithObject: true });
  // The height in `info` ignores a canvas around a crop.
  const { width }: Size = job.canvas ?? job.crop ?? job.scaled;
  const { channels } = info;
  return { data, width, height: data.length / channels / width, channels, animation };
}

/** Before the crop, so that decoders can shrink on load. */
function scale(image: Sharp, { scaled: { width, height }, copy }: RenderJob): Sharp {
  const kernel = KERNELS[copy === 'made' ? 'copy' : 'variant'];
  return image.resize({ width, height, fit: 'fill', kernel });
}

function crop(image: Sharp, { crop: region }: RenderJob): Sharp {
  return region === undefined ? image : image.extract(region);
}

function canvas(image: Sharp, { crop: region, scaled, canvas: ground, format }: RenderJob): Sharp {
  if (ground === undefined) return image;
  const { width, height }: Size = region ?? scaled;
  const left = Math.floor((ground.width - width) / 2);
  const top = Math.floor((ground.height - height) / 2);
  return image.extend({
    left,
    right: ground.width - width - left,
    top,
    bottom: ground.height - height - top,
    background: hasAlphaChannel(format) ? TRANSPARENT : 'white',
  });
}

function flatten(image: Sharp, { format }: RenderJob): Sharp {
  return hasAlphaChannel(format) ? image : image.flatten({ background: 'white' });
}

/** Returns the milliseconds since its last call. */
function stopwatch(): () => number {
  let before = performance.now();
  return () => {
    const now = performance.now();
    const lap = now - before;
    before = now;
    return lap;
  };
}
