import type { Inspection } from '@auraimage/ports';
import type { MasterType } from '@auraimage/protocol';
import { encode } from 'blurhash';
import sharp, { type Metadata, type Sharp, type SharpOptions } from 'sharp';
import {
  isAnimatedType,
  isOpaque,
  isRawDecodedType,
  mediaType,
  openRawDecoder,
  type RawDecoder,
  readHeader,
  sharpOfRaw,
} from './source.js';
import type { Input, Limits } from './tasks.js';

/**
 * Width and height in pixels of the thumbnail for the blurhash. A square for every picture: the hash has no
 * aspect ratio, and the few rows of a panorama stay distinct.
 */
const THUMBNAIL = 32;
const CHANNELS = 4;
/** Horizontal and vertical components of the blurhash. */
const COMPONENTS = { x: 4, y: 3 } as const;
/** EXIF orientations from this one on swap width and height (Exif 2.32 §4.6.4 A). */
const FIRST_TRANSPOSED = 5;

/** One decoding pass: a page, or all frames of an animation stacked vertically. */
type Pass = Pick<SharpOptions, 'page' | 'pages'>;

const UNDECODABLE: Inspection = { ok: false, code: 'image_not_decodable' };
const TOO_LARGE: Inspection = { ok: false, code: 'image_too_large' };

/** Reads the headers, then decodes every frame once, into a thumbnail for the blurhash. */
export async function inspect(input: Input, type: MasterType, limits: Limits): Promise<Inspection> {
  if (isRawDecodedType(type)) return inspectRaw(await openRawDecoder(input, type), type, limits);
  const first = await readHeader(input);
  if (first === null || mediaType(first) !== type) return UNDECODABLE;
  const { pages = 1, hasAlpha } = first;
  if (pages > limits.maxFrames) return TOO_LARGE;

  const passes = passesOf(type, pages);
  let pixels = 0;
  for (const pass of passes) {
    const header = await readHeader(input, pass.page ?? 0);
    if (header === null) return UNDECODABLE;
    pixels += header.width * header.height * (pass.pages ?? 1);
    if (pixels > limits.maxPixels) return TOO_LARGE;
  }

  let blurhash: string | undefined;
  for (const pass of passes) {
    const thumbnail = await shrink(openPass(input, pass));
    if (thumbnail === null) return UNDECODABLE;
    blurhash ??= blurhashOf(thumbnail);
  }
  if (blurhash === undefined) return UNDECODABLE;
  const frames = isAnimatedType(type) ? pages : 1;
  return { ok: true, type, ...shownSize(first), frames, hasAlpha, blurhash };
}

async function inspectRaw(
  { header, decode }: RawDecoder,
  type: MasterType,
  limits: Limits,
): Promise<Inspection> {
  if (header === null) return UNDECODABLE;
  if (header.width * header.height > limits.maxPixels) return TOO_LARGE;
  const picture = await decode().catch(() => null);
  if (picture === null) return UNDECODABLE;
  const thumbnail = await shrink(sharpOfRaw(picture));
  if (thumbnail === null) return UNDECODABLE;
  const { width, height } = picture;
  const hasAlpha = !isOpaque(picture);
  return { ok: true, type, width, height, frames: 1, hasAlpha, blurhash: blurhashOf(thumbnail) };
}

/**
 * The frames of an animation share a size and depend on each other: one pass decodes them all. The pages of
 * a TIFF and the images of an AVIF are independent, with their own sizes: each has a pass.
 */
function passesOf(type: MasterType, pages: number): readonly Pass[] {
  if (isAnimatedType(type)) return [{ page: 0, pages }];
  return Array.from({ length: pages }, (_, page) => ({ page, pages: 1 }));
}

function shownSize({ width, height, orientation = 1 }: Metadata) {
  return orientation < FIRST_TRANSPOSED ? { width, height } : { width: height, height: width };
}

function openPass(input: Input, pass: Pass): Sharp {
  return sharp(input, {
    ...pass,
    // Decoders report corrupt data as warnings and fill the rest with grey or noise.
    failOn: 'warning',
    // Checked above.
    limitInputPixels: false,
    sequentialRead: true,
  });
}

/**
 * Decodes a pass to its last row and returns the first frame's pixels as RGBA, on white, the usual background
 * of a page. `null` for a broken file.
 */
async function shrink(pass: Sharp): Promise<Uint8ClampedArray | null> {
  try {
    const { data } = await pass
      .autoOrient()
      .resize({ width: THUMBNAIL, height: THUMBNAIL, fit: 'fill', kernel: 'linear' })
      .flatten({ background: 'white' })
      .toColourspace('srgb')
      .ensureAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
    return new Uint8ClampedArray(data.buffer, data.byteOffset, THUMBNAIL * THUMBNAIL * CHANNELS);
  } catch {
    return null;
  }
}

function blurhashOf(thumbnail: Uint8ClampedArray): string {
  return encode(thumbnail, THUMBNAIL, THUMBNAIL, COMPONENTS.x, COMPONENTS.y);
}
