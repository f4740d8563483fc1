import { randomBytes } from 'node:crypto';
import sharp from 'sharp';

/** Pixels' share of a PNG that is not compressed: every row, block and chunk has a head of its own. */
const FILLING = 0.997;

/**
 * A PNG of noise, which does not compress: about as many bytes as asked for, never more.
 *
 * @param {number} bytes
 */
export async function noiseImage(bytes) {
  const width = Math.floor(Math.sqrt(bytes / 3));
  const height = Math.floor((bytes * FILLING) / 3 / width) - 4;
  const raw = { width, height, channels: /** @type {const} */ (3) };
  const png = await sharp(randomBytes(width * height * 3), { raw })
    .png({ compressionLevel: 0 })
    .toBuffer();
  return new Uint8Array(png);
}
