import type { Rendering, RenderJob, Size } from '@auraimage/ports';
import sharp, { type Sharp } from 'sharp';
import { encode, hasAlphaChannel, keepsFrames, type Pixels } from './encode.js';
import type { Input } from './input.js';
import { isUnpackedType, mediaType, openUnpacked, readHeader, sharpOfRaw } from './source.js';
import type { Limits } from './tasks.js';

/** Larger results are of no use to anybody. */
const MOST_BYTES = 64 * 1024 * 1024;
const CLEAR = { r: 0, g: 0, b: 0, alpha: 0 };

/** An opened master. */
interface Picture {
  readonly image: Sharp;
  /** How the frames follow each other, where more than one is kept. */
  readonly animation: Pixels['animation'];
}

type Opened = Picture | 'image_not_decodable' | 'render_failed';

/** Makes a variant: one step after the other. */
export async function render(input: Input, job: RenderJob, limits: Limits): Promise<Rendering> {
  const lap = stopwatch();
  const opened = await open(input, job, limits);
  if (typeof opened === 'string') return { ok: false, code: opened };
  const decode = lap();

  const drawn = colour(canvas(crop(scale(orient(opened.image), job), job), job), job);
  const pixels = await unpack(drawn, opened, job);
  if (pixels === null) return { ok: false, code: 'image_not_decodable' };
  const resize = lap();

  const bytes = await encode(pixels, job).catch(() => null);
  if (bytes === null || bytes.length > MOST_BYTES) return { ok: false, code: 'render_failed' };
  return { ok: true, bytes, timings: { decode, resize, encode: lap() } };
}

/** Reads the header and counts, before any pixel is unpacked. */
async function open(input: Input, job: RenderJob, limits: Limits): Promise<Opened> {
  if (isUnpackedType(job.type)) {
    const { header, decode } = await openUnpacked(input, job.type);
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

/** Before anything is cut: only so do decoders leave out what nobody will see. */
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
    background: hasAlphaChannel(format) ? CLEAR : 'white',
  });
}

/** The master's colours, by its profile if it has one, become sRGB. */
function colour(image: Sharp, { format }: RenderJob): Sharp {
  const shown = hasAlphaChannel(format) ? image : image.flatten({ background: 'white' });
  return shown.toColourspace('srgb');
}

/** Decodes and scales, row by row. `null` for what is broken. */
async function unpack(
  image: Sharp,
  { animation }: Picture,
  { scaled, crop: region, canvas: ground }: RenderJob,
): Promise<Pixels | null> {
  try {
    const { data, info } = await image.raw().toBuffer({ resolveWithObject: true });
    // Not the height that `info` has: that one knows of no canvas around a crop.
    const { width }: Size = ground ?? region ?? scaled;
    const { channels } = info;
    return { data, width, height: data.length / channels / width, channels, animation };
  } catch {
    return null;
  }
}

/** Milliseconds since it was asked last. */
function stopwatch(): () => number {
  let before = performance.now();
  return () => {
    const now = performance.now();
    const lap = now - before;
    before = now;
    return lap;
  };
}
