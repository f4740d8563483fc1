import { megapixels } from '@auraimage/image-files';
import type { Inspection } from '@auraimage/ports';
import type { MasterType } from '@auraimage/protocol';
import { encode } from 'blurhash';
import { type Decoded, openSource, type Source } from './source.js';
import { type Input, type Limits, NEEDS_BYTES } from './tasks.js';
import { unsupportedTiff } from './tiff-kind.js';
import { decodeTolerant } from './tolerance.js';

/**
 * Width and height in pixels of the thumbnail for the blurhash. A square for every picture: the hash has no
 * aspect ratio, and the few rows of a panorama stay distinct.
 */
const THUMBNAIL = 32;
const CHANNELS = 4;
/** Horizontal and vertical components of the blurhash. */
const COMPONENTS = { x: 4, y: 3 } as const;
const UNDECODABLE: Inspection = { ok: false, code: 'image_not_decodable' };

/**
 * Reads the header, then decodes what is shown once, into a thumbnail for the blurhash: every frame of an
 * animation, the first page of anything else. The work does not grow with pages that nobody sees.
 */
export async function inspect(
  input: Input,
  type: MasterType,
  limits: Limits,
): Promise<Inspection | typeof NEEDS_BYTES> {
  const kind = type === 'image/tiff' && typeof input !== 'string' ? unsupportedTiff(input) : null;
  if (kind !== null) return unsupported('TIFF', kind);
  const source = await openSource(input, type);
  if (source === null) return UNDECODABLE;
  const { width, height, frames } = source;
  const maxPixels = Math.min(limits.maxPixels, source.maxPixels ?? limits.maxPixels);
  const excess = excessOf(source, { ...limits, maxPixels });
  if (excess !== null) return excess;
  const seen = await decodeTolerant(input, type, async (file, failOn, onWarning) => {
    const opened = file === input ? source : await openSource(file, type);
    if (opened === null) throw new Error('the repaired file cannot be opened');
    const picture = await opened.decode({ frames, failOn });
    picture.image.on('warning', onWarning);
    return { thumbnail: await shrink(picture), hasAlpha: picture.hasAlpha };
  });
  if (seen === NEEDS_BYTES) return seen;
  if (seen === null) return UNDECODABLE;
  const { thumbnail, hasAlpha } = seen;
  const blurhash = encode(thumbnail, THUMBNAIL, THUMBNAIL, COMPONENTS.x, COMPONENTS.y);
  return { ok: true, type, width, height, frames, hasAlpha, blurhash };
}

function unsupported(type: string, kind: string): Inspection {
  const message = `This kind of ${type} is not supported: ${kind}`;
  return { ok: false, code: 'image_kind_not_supported', message };
}

/** Why a picture is too large, or `null` if it is not. */
function excessOf(
  { width, height, frames }: Pick<Source, 'width' | 'height' | 'frames'>,
  { maxPixels, maxAnimationPixels, maxFrames }: Limits,
): Inspection | null {
  const tooLarge = (size: string, limit: string): Inspection => {
    const message = `The image has ${size}; this server accepts up to ${limit}`;
    return { ok: false, code: 'image_too_large', message };
  };
  const pixels = width * height;
  const size = `${width} × ${height} pixels (${megapixels(pixels)})`;
  if (pixels > maxPixels) return tooLarge(size, megapixels(maxPixels));
  if (frames > maxFrames) return tooLarge(`${frames} frames`, `${maxFrames}`);
  if (pixels * frames <= maxAnimationPixels) return null;
  const all = `${frames} frames of ${size}, ${megapixels(pixels * frames)} in all`;
  return tooLarge(all, `${megapixels(maxAnimationPixels)} in all frames`);
}

/**
 * Decodes a picture to its last row and returns the first frame's pixels as RGBA, on white, the usual background
 * of a page. Rejects for a broken file.
 */
async function shrink({ image, show }: Decoded): Promise<Uint8ClampedArray> {
  const size = { width: THUMBNAIL, height: THUMBNAIL, fit: 'fill', kernel: 'linear' } as const;
  const shown = await show(image.resize(size));
  const { buffer, byteOffset } = await shown
    .flatten({ background: 'white' })
    .ensureAlpha()
    .raw()
    .toBuffer();
  return new Uint8ClampedArray(buffer, byteOffset, THUMBNAIL * THUMBNAIL * CHANNELS);
}
