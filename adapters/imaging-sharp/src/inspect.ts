import type { Inspection } from '@auraimage/ports';
import type { MasterType } from '@auraimage/protocol';
import { encode } from 'blurhash';
import sharp, { type Metadata, type Sharp, type SharpOptions } from 'sharp';
import type { Input } from './input.js';
import {
  isAnimatedType,
  isOpaque,
  isUnpackedType,
  mediaType,
  openUnpacked,
  readHeader,
  sharpOfRaw,
  type Unpacker,
} from './source.js';
import type { Limits } from './tasks.js';

/**
 * Width and height in pixels of the small picture behind a blurhash. A square whatever the picture's
 * shape: the hash knows no proportions, and a panorama keeps its few rows apart.
 */
const SMALL = 32;
const CHANNELS = 4;
/** Horizontal and vertical components of the blurhash. */
const COMPONENTS = { x: 4, y: 3 } as const;
/** EXIF orientations from here on turn the picture by a quarter (Exif 2.32 §4.6.4 A). */
const FIRST_QUARTER_TURN = 5;

/** One decoding: a frame, or all frames of an animation on top of each other. */
type Pass = Pick<SharpOptions, 'page' | 'pages'>;

const UNDECODABLE: Inspection = { ok: false, code: 'image_not_decodable' };
const TOO_LARGE: Inspection = { ok: false, code: 'image_too_large' };

/** Reads the headers, then decodes every frame once, into a small picture for the blurhash. */
export async function inspect(input: Input, type: MasterType, limits: Limits): Promise<Inspection> {
  if (isUnpackedType(type)) return inspectUnpacked(await openUnpacked(input, type), type, limits);
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
    const small = await shrink(openPass(input, pass));
    if (small === null) return UNDECODABLE;
    blurhash ??= blurhashOf(small);
  }
  if (blurhash === undefined) return UNDECODABLE;
  const frames = isAnimatedType(type) ? pages : 1;
  return { ok: true, type, ...shownSize(first), frames, hasAlpha, blurhash };
}

async function inspectUnpacked(
  { header, decode }: Unpacker,
  type: MasterType,
  limits: Limits,
): Promise<Inspection> {
  if (header === null) return UNDECODABLE;
  if (header.width * header.height > limits.maxPixels) return TOO_LARGE;
  const picture = await decode().catch(() => null);
  if (picture === null) return UNDECODABLE;
  const small = await shrink(sharpOfRaw(picture));
  if (small === null) return UNDECODABLE;
  const { width, height } = picture;
  const hasAlpha = !isOpaque(picture);
  return { ok: true, type, width, height, frames: 1, hasAlpha, blurhash: blurhashOf(small) };
}

/**
 * The frames of an animation share a size and build on each other: one pass over all. The pages of a
 * TIFF and the pictures of an AVIF stand alone, each with a size of its own: a pass for each.
 */
function passesOf(type: MasterType, pages: number): readonly Pass[] {
  if (isAnimatedType(type)) return [{ page: 0, pages }];
  return Array.from({ length: pages }, (_, page) => ({ page, pages: 1 }));
}

function shownSize({ width, height, orientation = 1 }: Metadata) {
  return orientation < FIRST_QUARTER_TURN ? { width, height } : { width: height, height: width };
}

function openPass(input: Input, pass: Pass): Sharp {
  return sharp(input, {
    ...pass,
    // Warnings are what decoders call bits that make no sense: the rest would be grey or noise.
    failOn: 'warning',
    // Counted already.
    limitInputPixels: false,
    sequentialRead: true,
  });
}

/**
 * Decodes a pass to its last row; gives the first frame's pixels as RGBA. Clear parts become white, the
 * usual ground of a page. `null` for what is broken.
 */
async function shrink(pass: Sharp): Promise<Uint8ClampedArray | null> {
  try {
    const { data } = await pass
      .autoOrient()
      .resize({ width: SMALL, height: SMALL, fit: 'fill', kernel: 'linear' })
      .flatten({ background: 'white' })
      .toColourspace('srgb')
      .ensureAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
    return new Uint8ClampedArray(data.buffer, data.byteOffset, SMALL * SMALL * CHANNELS);
  } catch {
    return null;
  }
}

function blurhashOf(small: Uint8ClampedArray): string {
  return encode(small, SMALL, SMALL, COMPONENTS.x, COMPONENTS.y);
}
