import type { Inspection, ObjectBody } from '@auraimage/edge';
import type { MasterType } from '@auraimage/protocol';
import { encode } from 'blurhash';
import sharp, { type Metadata } from 'sharp';

/** Width in pixels of the small picture that the blurhash is made from: more changes nothing visible. */
const THUMBNAIL_WIDTH = 32;
/** Horizontal and vertical components of the blurhash. */
const COMPONENTS = { x: 4, y: 3 } as const;
/** EXIF orientations of 5 and more turn the picture by a quarter (Exif 2.32 §4.6.4). */
const FIRST_QUARTER_TURN = 5;

export interface InspectLimits {
  readonly maxPixels: number;
  readonly maxFrames: number;
  readonly timeoutSeconds: number;
}

const UNDECODABLE: Inspection = { ok: false, code: 'image_not_decodable' };
const TOO_LARGE: Inspection = { ok: false, code: 'image_too_large' };

/** Reads the header, then decodes every frame once into a small picture for the blurhash. */
export async function inspect(
  body: ObjectBody,
  type: MasterType,
  limits: InspectLimits,
): Promise<Inspection> {
  const input = await inputOf(body);
  const metadata = await readMetadata(input);
  if (metadata === null || mediaType(metadata) !== type) return UNDECODABLE;
  if (isTooLarge(metadata, limits)) return TOO_LARGE;
  const { width, height: frameHeight } = shownSize(metadata);
  const thumbnail = await decodeSmall(input, metadata, limits);
  if (thumbnail === null) return UNDECODABLE;
  return { ok: true, type, width, height: frameHeight, blurhash: blurhashOf(thumbnail) };
}

type Input = string | Uint8Array;

async function inputOf(body: ObjectBody): Promise<Input> {
  if (body.file !== undefined && body.file.start === 0) return body.file.path;
  return body.bytes ?? new Uint8Array(await new Response(body.stream()).arrayBuffer());
}

/** `null` where no allowed loader knows the header. The pixel limit is ours to check, with its own answer. */
async function readMetadata(input: Input): Promise<Metadata | null> {
  try {
    return await sharp(input, { limitInputPixels: false, pages: -1 }).metadata();
  } catch {
    return null;
  }
}

function mediaType({ format, compression }: Metadata): string {
  if (format === 'heif') return compression === 'av1' ? 'image/avif' : 'image/heic';
  return `image/${format}`;
}

function isTooLarge(metadata: Metadata, { maxPixels, maxFrames }: InspectLimits): boolean {
  const { width, height, pages = 1, pageHeight = height } = metadata;
  return pages > maxFrames || width * pageHeight * pages > maxPixels;
}

function shownSize(metadata: Metadata): { width: number; height: number } {
  const { width, pageHeight, orientation = 1 } = metadata;
  const height = pageHeight ?? metadata.height;
  return orientation >= FIRST_QUARTER_TURN ? { width: height, height: width } : { width, height };
}

interface Thumbnail {
  readonly pixels: Uint8ClampedArray;
  readonly width: number;
  readonly height: number;
}

/**
 * Decodes the whole file, all frames of an animation, and keeps the first frame small. Transparent
 * parts count as white, the usual ground of a page. `null` for broken files and for those that take
 * too long.
 */
async function decodeSmall(
  input: Input,
  { pages = 1, format }: Metadata,
  { maxPixels, timeoutSeconds }: InspectLimits,
): Promise<Thumbnail | null> {
  const isAnimated = pages > 1 && format !== 'tiff';
  try {
    const { data, info } = await sharp(input, {
      animated: isAnimated,
      failOn: 'warning',
      limitInputPixels: maxPixels,
      sequentialRead: true,
    })
      .timeout({ seconds: timeoutSeconds })
      .autoOrient()
      .resize({ width: THUMBNAIL_WIDTH, withoutEnlargement: true, fit: 'inside' })
      .flatten({ background: 'white' })
      .toColourspace('srgb')
      .ensureAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
    const height = isAnimated ? Math.max(1, Math.floor(info.height / pages)) : info.height;
    const pixels = new Uint8ClampedArray(data.buffer, data.byteOffset, info.width * height * 4);
    return { pixels, width: info.width, height };
  } catch {
    return null;
  }
}

function blurhashOf({ pixels, width, height }: Thumbnail): string {
  return encode(pixels, width, height, COMPONENTS.x, COMPONENTS.y);
}
