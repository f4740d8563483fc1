import type { RenderJob } from '@auraimage/ports';
import type { VariantFormat } from '@auraimage/protocol';
import sharp, { type Channels, type Sharp } from 'sharp';
import { optionsOf } from './efforts.js';
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

/** At this quality or above, colours keep their full resolution, like brightness. */
const FULL_CHROMA = 90;
/**
 * Largest picture, in pixels, for which the encoder searches the best deblocking filter. It takes a millisecond
 * or two at this size; the default filter blurs the flat parts of icons.
 */
const SMALL = 128 * 128;

const ENCODERS: Record<VariantFormat, (image: Sharp, job: RenderJob, pixels: Pixels) => Sharp> = {
  jpeg: (image, { quality, effort }) =>
    image.jpeg({
      ...optionsOf('jpeg', effort, false),
      quality,
      chromaSubsampling: chromaOf(quality),
    }),
  webp: (image, { quality, effort }, { width, height, animation }) =>
    image.webp({
      ...optionsOf('webp', effort, animation !== undefined),
      quality,
      smartDeblock: width * height <= SMALL,
      ...timingOf(animation),
    }),
  avif: (image, { quality, effort }) =>
    image.avif({
      ...optionsOf('avif', effort, false),
      quality: avifQuality(quality),
      chromaSubsampling: chromaOf(quality),
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
  return new Uint8Array(await ENCODERS[job.format](image, job, pixels).toBuffer());
}

function chromaOf(quality: number): '4:2:0' | '4:4:4' {
  return quality < FULL_CHROMA ? '4:2:0' : '4:4:4';
}

/**
 * The AVIF quality that looks like WebP at `quality`, so that `q` means the same in every format:
 * docs/decisions/0006-one-scale-of-quality.md.
 */
function avifQuality(quality: number): number {
  return Math.round(quality < 80 ? 23 + quality / 2 : 63 + ((quality - 80) * 37) / 20);
}

function timingOf(animation: Pixels['animation']) {
  return animation && { delay: animation.delay, loop: animation.loop };
}
