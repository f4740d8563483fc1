import { randomBytes } from 'node:crypto';
import sharp from 'sharp';

/** Share of the pixels in an uncompressed PNG: rows, blocks and chunks have headers. */
const FILLING = 0.997;

/**
 * A PNG of noise, which does not compress: about the requested number of bytes, never more.
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
