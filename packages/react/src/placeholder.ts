import { decode, isBlurhashValid } from 'blurhash';

/** What is shown until the image has loaded. `lqip` is a version 50 pixels wide, made by the server. */
export type Placeholder = 'blurhash' | 'lqip' | 'empty';

/** Pixels of the longer side. A blurhash holds few frequencies, so browsers can scale it up. */
const PIXELS = 16;

const HEADER_BYTES = 54;
const INFO_BYTES = 40;
const BITS_PER_PIXEL = 24;

/**
 * Decodes a blurhash into a `data:` URL of a small image, 1 to 16 pixels a side.
 *
 * @param ratio width divided by height of the image
 * @returns `null` if the text is not a blurhash
 */
export function blurhashUrl(blurhash: string, ratio: number): string | null {
  if (!isBlurhashValid(blurhash).result) return null;
  const width = sideLength(ratio);
  const height = sideLength(1 / ratio);
  return bitmapUrl(decode(blurhash, width, height), width, height);
}

function sideLength(ratio: number): number {
  return Math.max(1, Math.round(PIXELS * Math.min(1, ratio)));
}

/**
 * Encodes RGBA pixels, rows from the top, as the `data:` URL of a BMP; alpha is dropped. BMP needs
 * neither a canvas nor compression, so this runs on any server.
 */
function bitmapUrl(pixels: Uint8ClampedArray, width: number, height: number): string {
  const rowBytes = Math.ceil((width * 3) / 4) * 4;
  const bytes = new Uint8Array(HEADER_BYTES + rowBytes * height);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, 0x424d); // "BM"
  view.setUint32(2, bytes.length, true);
  view.setUint32(10, HEADER_BYTES, true);
  view.setUint32(14, INFO_BYTES, true);
  view.setInt32(18, width, true);
  view.setInt32(22, -height, true); // negative: the first row is the top one
  view.setUint16(26, 1, true);
  view.setUint16(28, BITS_PER_PIXEL, true);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = (y * width + x) * 4;
      const [red = 0, green = 0, blue = 0] = pixels.subarray(from, from + 3);
      bytes.set([blue, green, red], HEADER_BYTES + y * rowBytes + x * 3);
    }
  }
  return `data:image/bmp;base64,${btoa(String.fromCharCode(...bytes))}`;
}
