import type { Inspection } from '@auraimage/ports';
import type { MasterType } from '@auraimage/protocol';
import { encode } from 'blurhash';
import { type Decoded, openSource } from './source.js';
import type { Input, Limits } from './tasks.js';

/**
 * Width and height in pixels of the thumbnail for the blurhash. A square for every picture: the hash has no
 * aspect ratio, and the few rows of a panorama stay distinct.
 */
const THUMBNAIL = 32;
const CHANNELS = 4;
/** Horizontal and vertical components of the blurhash. */
const COMPONENTS = { x: 4, y: 3 } as const;
const UNDECODABLE: Inspection = { ok: false, code: 'image_not_decodable' };
const TOO_LARGE: Inspection = { ok: false, code: 'image_too_large' };

/**
 * Reads the header, then decodes what is shown once, into a thumbnail for the blurhash: every frame of an
 * animation, the first page of anything else. The work does not grow with pages that nobody sees.
 */
export async function inspect(input: Input, type: MasterType, limits: Limits): Promise<Inspection> {
  const source = await openSource(input, type);
  if (source === null) return UNDECODABLE;
  const { width, height, frames } = source;
  if (source.pages > limits.maxFrames || width * height * frames > limits.maxPixels)
    return TOO_LARGE;
  try {
    // Decoders report corrupt data as warnings and fill the rest with grey or noise.
    const picture = await source.decode({ frames, failOn: 'warning' });
    const blurhash = encode(
      await shrink(picture),
      THUMBNAIL,
      THUMBNAIL,
      COMPONENTS.x,
      COMPONENTS.y,
    );
    return { ok: true, type, width, height, frames, hasAlpha: picture.hasAlpha, blurhash };
  } catch {
    return UNDECODABLE;
  }
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
