import type { Rendering, RenderJob, Size } from '@auraimage/ports';
import sharp, { type Sharp } from 'sharp';
import { encode, hasAlphaChannel, keepsFrames, type Pixels } from './encode.js';
import { mediaType, openRawDecoder, readHeader, sharpOfRaw } from './source.js';
import { type Input, isRawDecodedType, type Limits } from './tasks.js';

/** Largest variant. */
const MAX_BYTES = 64 * 1024 * 1024;
const TRANSPARENT = { r: 0, g: 0, b: 0, alpha: 0 };

/** An opened master. */
interface Picture {
  readonly image: Sharp;
  /** Timing of the frames, when more than one is kept. */
  readonly animation: Pixels['animation'];
}

type Opened = Picture | 'image_not_decodable' | 'render_failed';

/** Renders a variant: an ordered list of steps. */
export async function render(input: Input, job: RenderJob, limits: Limits): Promise<Rendering> {
  const lap = stopwatch();
  const opened = await open(input, job, limits);
  if (typeof opened === 'string') return { ok: false, code: opened };
  const decode = lap();

  const drawn = toSrgb(canvas(crop(scale(orient(opened.image), job), job), job), job);
  const pixels = await readPixels(drawn, opened, job);
  if (pixels === null) return { ok: false, code: 'image_not_decodable' };
  const resize = lap();

  const bytes = await encode(pixels, job).catch(() => null);
  if (bytes === null || bytes.length > MAX_BYTES) return { ok: false, code: 'render_failed' };
  return { ok: true, bytes, timings: { decode, resize, encode: lap() } };
}

/** Reads the header and checks the limits before any pixel is decoded. */
async function open(input: Input, job: RenderJob, limits: Limits): Promise<Opened> {
  if (isRawDecodedType(job.type)) {
    const { header, decode } = await openRawDecoder(input, job.type);
    if (header === null) return 'image_not_decodable';
    if (header.width * header.height > limits.maxPixels) return 'render_failed';
    const picture = await decode().catch(() => null);
    return picture === null
      ? 'image_not_decodable'
      : { image: sharpOfRaw(picture), animation: undefined };
  }
  const header = await readHeader(input);
  if (header === null || mediaType(header) !== job.type) return 'image_not_decodable';
  const frames = keepsFrames(job) ? (header.pages ?? 1) : 1;
  const tooLarge = header.width * header.height * frames > limits.maxPixels;
  if (tooLarge || frames > limits.maxFrames) return 'render_failed';
  const image = sharp(input, {
    pages: frames,
    failOn: 'error',
    limitInputPixels: false,
    sequentialRead: true,
  });
  const { delay = [], loop = 0 } = header;
  return { image, animation: frames > 1 ? { frames, delay, loop } : undefined };
}

function orient(image: Sharp): Sharp {
  return image.autoOrient();
}

/** Before the crop, so that decoders can shrink on load. */
function scale(image: Sharp, { scaled: { width, height } }: RenderJob): Sharp {
  return image.resize({ width, height, fit: 'fill' });
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

/** Converts the colours to sRGB, by the master's profile if it has one. */
function toSrgb(image: Sharp, { format }: RenderJob): Sharp {
  const shown = hasAlphaChannel(format) ? image : image.flatten({ background: 'white' });
  return shown.toColourspace('srgb');
}

/** Decodes and scales row by row. `null` for a broken file. */
async function readPixels(
  image: Sharp,
  { animation }: Picture,
  { scaled, crop: region, canvas: ground }: RenderJob,
): Promise<Pixels | null> {
  try {
    const { data, info } = await image.raw().toBuffer({ resolveWithObject: true });
    // The height in `info` ignores a canvas around a crop.
    const { width }: Size = ground ?? region ?? scaled;
    const { channels } = info;
    return { data, width, height: data.length / channels / width, channels, animation };
  } catch {
    return null;
  }
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
