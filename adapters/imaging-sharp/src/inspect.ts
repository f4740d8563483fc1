import type { Inspection, ObjectBody } from '@auraimage/edge';
import type { MasterType } from '@auraimage/protocol';
import { encode } from 'blurhash';
import sharp, { type Metadata, type SharpOptions } from 'sharp';
import { type Input, inputOf } from './input.js';

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

export interface InspectLimits {
  /** Most pixels, all frames together. */
  readonly maxPixels: number;
  readonly maxFrames: number;
  readonly timeoutSeconds: number;
}

/** One decoding: a frame, or all frames of an animation on top of each other. */
type Pass = Pick<SharpOptions, 'page' | 'pages'>;

const UNDECODABLE: Inspection = { ok: false, code: 'image_not_decodable' };
const TOO_LARGE: Inspection = { ok: false, code: 'image_too_large' };

/** Reads the headers, then decodes every frame once, into a small picture for the blurhash. */
export async function inspect(
  body: ObjectBody,
  type: MasterType,
  limits: InspectLimits,
): Promise<Inspection> {
  const deadline = performance.now() + limits.timeoutSeconds * 1000;
  const input = await inputOf(body);
  const first = await readHeader(input, 0);
  if (first === null || mediaType(first) !== type) return UNDECODABLE;
  const { pages = 1 } = first;
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
    const small = await decodeSmall(input, pass, deadline);
    if (small === null) return UNDECODABLE;
    blurhash ??= encode(small, SMALL, SMALL, COMPONENTS.x, COMPONENTS.y);
  }
  if (blurhash === undefined) return UNDECODABLE;
  return { ok: true, type, ...shownSize(first), blurhash };
}

/**
 * The frames of an animation share a size and build on each other: one pass over all. The pages of a
 * TIFF and the pictures of an AVIF stand alone, each with a size of its own: a pass for each.
 */
function passesOf(type: MasterType, pages: number): readonly Pass[] {
  if (type === 'image/gif' || type === 'image/webp') return [{ page: 0, pages }];
  return Array.from({ length: pages }, (_, page) => ({ page, pages: 1 }));
}

/** `null` where no allowed decoder takes the header. Sizes are not limited here: that has its own answer. */
async function readHeader(input: Input, page: number): Promise<Metadata | null> {
  try {
    return await sharp(input, { limitInputPixels: false, page }).metadata();
  } catch {
    return null;
  }
}

function mediaType({ format, compression }: Metadata): string {
  if (format === 'heif') return compression === 'av1' ? 'image/avif' : 'image/heic';
  return `image/${format}`;
}

function shownSize({ width, height, orientation = 1 }: Metadata) {
  return orientation < FIRST_QUARTER_TURN ? { width, height } : { width: height, height: width };
}

/**
 * Decodes a pass to its last row; gives the first frame's pixels as RGBA. Clear parts become white, the
 * usual ground of a page. `null` for what is broken or takes too long.
 */
async function decodeSmall(
  input: Input,
  pass: Pass,
  deadline: number,
): Promise<Uint8ClampedArray | null> {
  const seconds = Math.ceil((deadline - performance.now()) / 1000);
  if (seconds < 1) return null;
  try {
    const { data } = await sharp(input, {
      ...pass,
      // Warnings are what decoders call bits that make no sense: the rest would be grey or noise.
      failOn: 'warning',
      // Counted already.
      limitInputPixels: false,
      sequentialRead: true,
    })
      .timeout({ seconds })
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
