import type { Rendering, RenderJob, Size } from '@auraimage/ports';
import type { Sharp } from 'sharp';
import { applyEffects, type Colour, fillUnder, groundOf, hasEffects } from './effects.js';
import { encode, hasAlphaChannel, keepsFrames, type Pixels } from './encode.js';
import { type Decoded, openSource, sharpOfFrames } from './source.js';
import type { Input, Limits, Task } from './tasks.js';
import { strictness } from './tolerance.js';
import type { Frames } from './turn-frames.js';
import { drawWatermark } from './watermark.js';

/** Largest variant. */
const MAX_BYTES = 64 * 1024 * 1024;
/** How many times the pixels of a picture all scaled frames may have, which are in memory at once. */
const MAX_SCALED_FACTOR = 2;
/** `MAX_REASON_LENGTH` of the port: a confined process cannot read the files of other packages. */
const MAX_REASON_LENGTH = 200;
/** Sharp, and of a copy without the overshoot that would stay in everything that is made of it. */
const KERNELS = { variant: 'lanczos3', copy: 'mitchell' } as const;

interface Picture extends Decoded {
  /** Timing of the frames, when more than one is kept. */
  readonly animation: Pixels['animation'];
}

type RenderTask = Extract<Task, { readonly name: 'render' }>;
type Failure = Extract<Rendering, { readonly ok: false }>;

/** Renders a variant: an ordered list of steps. */
export async function render({
  input,
  job,
  watermark,
  limits,
}: Omit<RenderTask, 'name'>): Promise<Rendering> {
  const lap = stopwatch();
  const opened = await open(input, job, limits);
  if ('ok' in opened) return opened;
  const decode = lap();

  const drawn = await draw(opened, job).catch(failed('image_not_decodable', 'draw'));
  if ('ok' in drawn) return drawn;
  const pixels = await (watermark === undefined
    ? drawn
    : drawWatermark(drawn, watermark, limits.maxPixels).catch(
        failed('render_failed', 'watermark'),
      ));
  if ('ok' in pixels) return pixels;
  const resize = lap();

  const bytes = await encode(pixels, job).catch(failed('render_failed', 'encode'));
  if ('ok' in bytes) return bytes;
  if (bytes.length > MAX_BYTES) return failed('render_failed', 'encode')('too many bytes');
  return { ok: true, bytes, timings: { decode, resize, encode: lap() } };
}

/** Reads the header and checks the limits before any pixel is decoded. */
async function open(input: Input, job: RenderJob, limits: Limits): Promise<Picture | Failure> {
  const source = await openSource(input, job.type);
  if (source === null) return failed('image_not_decodable', 'open')('not a file of its type');
  const { delay, loop } = source;
  const frames = keepsFrames(job) ? source.frames : 1;
  const pixels = source.width * source.height;
  const { width, height } = job.scaled;
  const tooLarge =
    pixels > limits.maxPixels ||
    pixels * frames > limits.maxAnimationPixels ||
    width * height * frames > limits.maxPixels * MAX_SCALED_FACTOR;
  if (tooLarge || frames > limits.maxFrames) {
    return failed('render_failed', 'open')('too many pixels or frames');
  }
  const decoding = { frames, failOn: strictness(job.type), exact: job.copy === 'read' };
  const decoded = await source.decode(decoding).catch(failed('image_not_decodable', 'decode'));
  if ('ok' in decoded) return decoded;
  return { ...decoded, animation: frames > 1 ? { frames, delay, loop } : undefined };
}

/** The result of a step that failed, with the first line of what the library said. */
function failed(code: Failure['code'], step: string): (error: unknown) => Failure {
  return (error) => {
    const [text = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
    const reason = `${step}: ${text}`.replace(/[^ -~]/g, '?').slice(0, MAX_REASON_LENGTH);
    return { ok: false, code, reason };
  };
}

/** Decodes and scales row by row. Rejects for a broken file. */
async function draw({ image, show, animation }: Picture, job: RenderJob): Promise<Pixels> {
  const shown = await show(crop(scale(trim(image, job), job), job));
  const ground = groundOf(job.background, hasAlphaChannel(job.format));
  const isGlazed = ground.alpha > 0 && ground.alpha < 1;
  const frames = hasEffects(job) || isGlazed ? await framesOf(shown, job) : undefined;
  const changed = frames && (await applyEffects(frames, job));
  if (changed !== undefined && isGlazed) fillUnder(changed, ground);
  const picture = changed === undefined ? shown : sharpOfFrames(changed);
  const size: Size = changed ?? job.crop ?? job.scaled;
  const flat = ground.alpha === 1 ? picture.flatten({ background: ground }) : picture;
  const { data, info } = await canvas(flat, size, job.canvas, ground)
    .raw()
    .toBuffer({ resolveWithObject: true });
  // The height in `info` ignores a canvas around a crop.
  const { width } = job.canvas ?? size;
  const { channels } = info;
  return { data, width, height: data.length / channels / width, channels, animation };
}

function trim(image: Sharp, { trim: region }: RenderJob): Sharp {
  return region === undefined ? image : image.extract(region);
}

/** Before the crop, so that decoders can shrink on load. */
function scale(image: Sharp, { scaled: { width, height }, copy }: RenderJob): Sharp {
  const kernel = KERNELS[copy === 'made' ? 'copy' : 'variant'];
  return image.resize({ width, height, fit: 'fill', kernel });
}

function crop(image: Sharp, { crop: region }: RenderJob): Sharp {
  return region === undefined ? image : image.extract(region);
}

/** Runs a pipeline. All pixels of all frames are in memory. */
async function framesOf(image: Sharp, { crop: region, scaled }: RenderJob): Promise<Frames> {
  const { data, info } = await image.raw().toBuffer({ resolveWithObject: true });
  const { width, height }: Size = region ?? scaled;
  return { data, width, height, channels: info.channels };
}

function canvas(
  image: Sharp,
  { width, height }: Size,
  whole: Size | undefined,
  background: Colour,
): Sharp {
  if (whole === undefined) return image;
  const left = Math.floor((whole.width - width) / 2);
  const top = Math.floor((whole.height - height) / 2);
  return image.extend({
    left,
    right: whole.width - width - left,
    top,
    bottom: whole.height - height - top,
    background,
  });
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
