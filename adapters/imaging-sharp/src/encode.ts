import type { RenderJob } from '@auraimage/ports';
import type { VariantFormat } from '@auraimage/protocol';
import type { Channels, Sharp } from 'sharp';
import { optionsOf, thoroughJpeg } from './efforts.js';
import { sharp } from './sharp.js';
import { isAnimatedType } from './source.js';

/** Pixels to encode: rows of 8-bit sRGB, frames below each other. */
export interface Pixels {
  readonly data: Buffer;
  readonly width: number;
  /** All frames together. */
  readonly height: number;
  readonly channels: Channels;
  /** Absent for a still picture. */
  readonly animation:
    | {
        readonly frames: number;
        /** Milliseconds that each frame is shown. */
        readonly delay: number[];
        /** How often it is played; 0 means forever. */
        readonly loop: number;
      }
    | undefined;
}

const MAX_TIMING = 65_535;
/** At this quality or above, colours keep their full resolution, like brightness. */
const FULL_CHROMA = 90;
/**
 * Largest picture, in pixels, that counts as small. Colours keep their full resolution in it at every quality, and WebP,
 * which has no such mode, gets its best chroma filter and deblocking filter, or no loss at all. Each takes a
 * millisecond or two at this size.
 */
const SMALL = 128 * 128;
/** Mean distance of a pixel's chroma from that of its block of 2 × 2 above which a picture lives by it. Photos have 7 at most. */
const FINE_CHROMA = 12;
/** How many times the bytes of a lossy WebP such a picture may take without loss. */
const FINE_CHROMA_WORTH = 2;

const ENCODERS: Record<VariantFormat, (image: Sharp, job: RenderJob, pixels: Pixels) => Sharp> = {
  jpeg: (image, { quality, effort }, pixels) =>
    image.jpeg({
      ...(effort === 'thorough'
        ? thoroughJpeg(quality)
        : { ...optionsOf('jpeg', effort, false), quality }),
      chromaSubsampling: chromaOf(quality, pixels),
    }),
  webp: (image, { quality, effort }, pixels) =>
    image.webp({
      ...(isSmall(pixels) && { smartDeblock: true, smartSubsample: true }),
      ...optionsOf('webp', effort, pixels.animation !== undefined),
      quality,
      ...timingOf(pixels.animation),
    }),
  avif: (image, { quality, effort }, pixels) =>
    image.avif({
      ...optionsOf('avif', effort, false),
      quality: avifQuality(quality),
      chromaSubsampling: chromaOf(quality, pixels),
    }),
  png: (image, { effort }) => image.png(optionsOf('png', effort, false)),
  gif: (image, { effort }, { animation }) =>
    image.gif({ ...optionsOf('gif', effort, animation !== undefined), ...timingOf(animation) }),
};

export function hasAlphaChannel(format: VariantFormat): boolean {
  return format !== 'jpeg';
}

export function keepsFrames({ type, format }: RenderJob): boolean {
  return isAnimatedType(type) && (format === 'webp' || format === 'gif');
}

/** Rejects if the encoder fails. */
export async function encode(pixels: Pixels, job: RenderJob): Promise<Uint8Array<ArrayBuffer>> {
  const { data, width, height, channels, animation } = pixels;
  const raw = { width, height, channels };
  const image = sharp(data, {
    raw: animation === undefined ? raw : { ...raw, pageHeight: height / animation.frames },
    limitInputPixels: false,
  });
  const bytes = await ENCODERS[job.format](image.clone(), job, pixels).toBuffer();
  if (job.format !== 'webp' || animation !== undefined || !isSmall(pixels)) {
    return new Uint8Array(bytes);
  }
  const { effort } = optionsOf('webp', job.effort, false);
  const exact = await image
    .webp({ ...(effort !== undefined && { effort }), lossless: true })
    .toBuffer();
  const worth = bytes.length * (hasFineChroma(pixels) ? FINE_CHROMA_WORTH : 1);
  return new Uint8Array(exact.length <= worth ? exact : bytes);
}

function isSmall({ width, height }: Pixels): boolean {
  return width * height <= SMALL;
}

function chromaOf(quality: number, pixels: Pixels): '4:2:0' | '4:4:4' {
  return quality < FULL_CHROMA && !isSmall(pixels) ? '4:2:0' : '4:4:4';
}

/** Whether colours would be lost where 2 × 2 pixels share one chroma, as in WebP. */
function hasFineChroma({ data, width, height, channels }: Pixels): boolean {
  if (channels < 3) return false;
  let sum = 0;
  let count = 0;
  for (let y = 0; y + 1 < height; y += 2) {
    for (let x = 0; x + 1 < width; x += 2) {
      const block = [0, 1, width, width + 1].map((step) =>
        chromaAt(data, (y * width + x + step) * channels),
      );
      const blue = block.reduce((total, [cb]) => total + cb, 0) / 4;
      const red = block.reduce((total, [, cr]) => total + cr, 0) / 4;
      for (const [cb, cr] of block) sum += Math.hypot(cb - blue, cr - red);
      count += 4;
    }
  }
  return count > 0 && sum / count > FINE_CHROMA;
}

/** Blue and red difference (ITU-R BT.601). */
function chromaAt(data: Buffer, at: number): readonly [blue: number, red: number] {
  const [r, g, b] = [data[at] ?? 0, data[at + 1] ?? 0, data[at + 2] ?? 0];
  return [0.5 * b - 0.169 * r - 0.331 * g, 0.5 * r - 0.419 * g - 0.081 * b];
}

/**
 * The AVIF quality that looks like WebP at `quality`, so that `q` means the same in every format:
 * docs/decisions/0006-one-scale-of-quality.md.
 */
function avifQuality(quality: number): number {
  return Math.round(quality < 80 ? 23 + quality / 2 : 63 + ((quality - 80) * 37) / 20);
}

/** libvips takes delays and numbers of plays of 16 bits. Longer ones are cut: a variant moves in any case. */
function timingOf(animation: Pixels['animation']) {
  if (animation === undefined) return undefined;
  const { frames, delay, loop } = animation;
  return {
    delay: delay.slice(0, frames).map((ms) => Math.min(ms, MAX_TIMING)),
    loop: Math.min(loop, MAX_TIMING),
  };
}
