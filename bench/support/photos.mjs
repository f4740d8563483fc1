import { randomBytes } from 'node:crypto';
import sharp from 'sharp';
import { noiseImage } from './images.mjs';

/** Margin below the limit. */
const MARGIN = 4096;

/**
 * Files of nearly the given size, as from a camera or scanner, and a worst case.
 *
 * @param {number} bytes
 * @returns {Promise<readonly { name: string, bytes: Uint8Array<ArrayBuffer> }[]>}
 */
export async function largeFiles(bytes) {
  const width = 3600;
  const scan = await (await photo(width, Math.floor((bytes - MARGIN) / 3 / width)))
    .tiff({ compression: 'none' })
    .toBuffer();
  return [
    { name: 'JPEG, 24 megapixels of grainy photo', bytes: await largeJpeg(bytes) },
    { name: 'TIFF, uncompressed, 10 megapixels', bytes: new Uint8Array(scan) },
    { name: 'PNG of noise (a worst case)', bytes: await noiseImage(bytes) },
  ];
}

/**
 * Finds the best quality that fits the size.
 *
 * @param {number} bytes
 */
async function largeJpeg(bytes) {
  const pixels = await (await photo(6000, 4000)).raw().toBuffer();
  for (let quality = 100; quality > 80; quality--) {
    const jpeg = await sharp(pixels, { raw: { width: 6000, height: 4000, channels: 3 } })
      .jpeg({ quality, chromaSubsampling: '4:4:4' })
      .toBuffer();
    if (jpeg.length < bytes) return new Uint8Array(jpeg);
  }
  throw new Error('no quality makes the JPEG small enough');
}

/**
 * Soft shapes with grain, as in a photo.
 *
 * @param {number} width
 * @param {number} height
 */
async function photo(width, height) {
  const raw = { width: 48, height: 32, channels: /** @type {const} */ (3) };
  const shapes = await sharp(randomBytes(48 * 32 * 3), { raw })
    .resize({ width, height, fit: 'fill', kernel: 'cubic' })
    .raw()
    .toBuffer();
  const grain = randomBytes(shapes.length);
  for (let at = 0; at < shapes.length; at++) {
    shapes[at] = Math.min(255, (shapes[at] ?? 0) * 0.9 + ((grain[at] ?? 0) >> 4));
  }
  return sharp(shapes, { raw: { width, height, channels: 3 } });
}
