import { createHash, randomFillSync } from 'node:crypto';
import sharp from 'sharp';

/**
 * An image of noise with about the given file size: noise does not compress, so the size is that of the pixels.
 */
export function noiseImage(bytes: number, format: 'png' | 'tiff' = 'png'): Promise<Buffer> {
  const width = Math.max(8, Math.floor(Math.sqrt(bytes / 3)));
  // A PNG adds a byte per row, and chunks: less than a third of a percent.
  const height = Math.max(8, Math.floor((bytes * 0.9967) / 3 / width) - 4);
  const pixels = randomFillSync(Buffer.allocUnsafe(width * height * 3));
  const image = sharp(pixels, { raw: { width, height, channels: 3 } });
  return format === 'png'
    ? image.png({ compressionLevel: 0 }).toBuffer()
    : image.tiff({ compression: 'none' }).toBuffer();
}

/** A copy with unique bytes after the image: a file that was never uploaded before. */
export function uniqueCopy(image: Buffer): Buffer {
  return Buffer.concat([image, randomFillSync(Buffer.allocUnsafe(16))]);
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
