import { readFile } from 'node:fs/promises';
import sharp, { type Sharp } from 'sharp';
import { bitmap } from './bmp.js';
import { tiff } from './tiff.js';

type Make = () => Promise<Buffer>;

/** Valid pictures, as from a camera, a phone or a drawing program. */
export const pictures = {
  jpeg: () => drawing(64, 48).jpeg().toBuffer(),
  jpegProgressive: () => drawing(64, 48).jpeg({ progressive: true }).toBuffer(),
  /** Stored 64 × 48; shown rotated by 90°. */
  jpegTurned: () => drawing(64, 48).withMetadata({ orientation: 6 }).jpeg().toBuffer(),
  jpegCmyk: () => drawing(64, 48).toColourspace('cmyk').jpeg().toBuffer(),
  jpegGrey: () => drawing(64, 48).toColourspace('b-w').jpeg().toBuffer(),
  jpegP3: () => drawing(64, 48).withIccProfile('p3').jpeg().toBuffer(),
  png: () => drawing(64, 48).png().toBuffer(),
  pngAlpha: () => veil(64, 48).png().toBuffer(),
  pngPalette: () => drawing(64, 48).png({ palette: true }).toBuffer(),
  pngInterlaced: () => drawing(64, 48).png({ progressive: true }).toBuffer(),
  png16: () => drawing(64, 48).toColourspace('rgb16').png().toBuffer(),
  gif: () => drawing(64, 48).gif().toBuffer(),
  gifAnimated: () => drawing(64, 48, 3).gif().toBuffer(),
  webp: () => drawing(64, 48).webp().toBuffer(),
  webpLossless: () => drawing(64, 48).webp({ lossless: true }).toBuffer(),
  webpAlpha: () => veil(64, 48).webp().toBuffer(),
  webpAnimated: () => drawing(64, 48, 3).webp().toBuffer(),
  avif: () => drawing(64, 48).avif({ effort: 0 }).toBuffer(),
  avifAlpha: () => veil(64, 48).avif({ effort: 0 }).toBuffer(),
  tiff: () => drawing(64, 48).tiff({ compression: 'lzw' }).toBuffer(),
  tiffBig: () => drawing(64, 48).tiff({ bigtiff: true }).toBuffer(),
  tiffPlanar: async () => tiff({ planar: true }),
  heic: () => asset('heic-plain.heic'),
  heicAlpha: () => asset('heic-alpha.heic'),
  /** Stored 128 × 96; an `irot` rotates it by 90°. */
  heicTurned: () => asset('heic-turned.heic'),
  heicPremultiplied: () => asset('heic-premultiplied.heic'),
  heicP3: () => asset('heic-p3.heic'),
  heic10: () => asset('heic-ten.heic'),
  jxl: () => asset('jxl-plain.jxl'),
  jxlAlpha: () => asset('jxl-alpha.jxl'),
  /** A JPEG, packed again without loss, in boxes. */
  jxlFromJpeg: () => asset('jxl-from-jpeg.jxl'),
  /** Stored 64 × 48; its orientation rotates it by 90°. */
  jxlTurned: () => asset('jxl-turned.jxl'),
  jxlSixteen: () => asset('jxl-sixteen.jxl'),
  /** Its first frame is shown. */
  jxlMoving: () => asset('jxl-animated.jxl'),
  bmp: async () => bitmap(64, 48, pixels(64, 48, 3)),
  bmpTopDown: async () => bitmap(64, -48, pixels(64, 48, 3)),
  pngOnePixel: () => drawing(1, 1).png().toBuffer(),
  pngColumn: () => drawing(1, 400).png().toBuffer(),
  pngRow: () => drawing(3000, 1).png().toBuffer(),
  jpegPanorama: () => drawing(2000, 100).jpeg().toBuffer(),
} satisfies Record<string, Make>;

/** A picture with detail in every part, the same in every run, or `pages` of them as frames. */
export function drawing(width: number, pageHeight: number, pages = 1): Sharp {
  const height = pageHeight * pages;
  const raw = { width, height, channels: 3, ...(pages > 1 && { pageHeight }) } as const;
  return sharp(pixels(width, height, 3), { raw });
}

/** The same with alpha from transparent to opaque. */
function veil(width: number, height: number): Sharp {
  return sharp(pixels(width, height, 4), { raw: { width, height, channels: 4 } });
}

export function asset(name: string): Promise<Buffer> {
  return readFile(new URL(`assets/${name}`, import.meta.url));
}

function pixels(width: number, height: number, channels: 3 | 4): Buffer {
  const bytes = Buffer.alloc(width * height * channels);
  for (let i = 0, at = 0; i < width * height; i++) {
    const x = i % width;
    const y = (i - x) / width;
    bytes[at++] = (x * 4 + y) & 255;
    bytes[at++] = (y * 5) & 255;
    bytes[at++] = ((x ^ y) * 7) & 255;
    if (channels === 4) bytes[at++] = Math.floor((x * 255) / width);
  }
  return bytes;
}
