import type { Inspection } from '@auraimage/ports';
import type { MasterType } from '@auraimage/protocol';
import { encode } from 'blurhash';
import sharp, { type Metadata, type Sharp } from 'sharp';
import {
  isAnimatedType,
  isOpaque,
  mediaType,
  openRawDecoder,
  type RawDecoder,
  readHeader,
  sharpOfRaw,
} from './source.js';
import { type Input, isRawDecodedType, type Limits } from './tasks.js';

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

const UNDECODABLE: Inspection = { ok: false, code: 'image_not_decodable' };
const TOO_LARGE: Inspection = { ok: false, code: 'image_too_large' };

/**
 * Reads the header, then decodes what is shown once, into a thumbnail for the blurhash: every frame of an
 * animation, the first page of anything else. The work does not grow with pages that nobody sees.
 */
export async function inspect(input: Input, type: MasterType, limits: Limits): Promise<Inspection> {
  if (isRawDecodedType(type)) return inspectRaw(await openRawDecoder(input, type), type, limits);
  const header = await readHeader(input);
  if (header === null || mediaType(header) !== type) return UNDECODABLE;
  const { pages = 1, width, height, hasAlpha } = header;
  const frames = isAnimatedType(type) ? pages : 1;
  if (pages > limits.maxFrames || width * height * frames > limits.maxPixels) return TOO_LARGE;
  const thumbnail = await shrink(openFrames(input, frames));
  if (thumbnail === null) return UNDECODABLE;
  const blurhash = blurhashOf(thumbnail);
  return { ok: true, type, ...shownSize(header), frames, hasAlpha, blurhash };
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

function shownSize({ width, height, orientation = 1 }: Metadata) {
  return orientation < FIRST_TRANSPOSED ? { width, height } : { width: height, height: width };
}

function openFrames(input: Input, frames: number): Sharp {
  return sharp(input, {
    page: 0,
    pages: frames,
    // Decoders report corrupt data as warnings and fill the rest with grey or noise.
    failOn: 'warning',
    // Checked above.
    limitInputPixels: false,
    sequentialRead: true,
  });
}

/**
 * Decodes a picture to its last row and returns the first frame's pixels as RGBA, on white, the usual background
 * of a page. `null` for a broken file.
 */
async function shrink(picture: Sharp): Promise<Uint8ClampedArray | null> {
  try {
    const { data } = await picture
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
