import type { Size } from '@auraimage/ports';
import { encode } from 'blurhash';
import { convertIndexedToRgb, type DecodedPng, decode } from 'fast-png';

/** Longest side in pixels of the picture that the blurhash is made of. */
export const THUMBNAIL = 32;
/** Horizontal and vertical components of the blurhash. */
const COMPONENTS = { x: 4, y: 3 } as const;
const WHITE = 255;

export interface Thumbnail extends Size {
  readonly blurhash: string;
}

/**
 * The blurhash of a small PNG, on white, the usual background of a page.
 *
 * @returns `null` if the PNG is broken, or larger than a thumbnail
 */
export function readThumbnail(png: Uint8Array): Thumbnail | null {
  const decoded = decodePng(png);
  if (decoded === null || Math.max(decoded.width, decoded.height) > THUMBNAIL) return null;
  const { width, height, depth } = decoded;
  // Greys of less than a byte are packed like the indexes of a palette.
  const palette = decoded.palette ?? (depth < 8 ? greys(depth) : undefined);
  const data = palette === undefined ? decoded.data : convertIndexedToRgb({ ...decoded, palette });
  const channels = data.length / (width * height);
  const isGrey = channels < 3;
  const top = data instanceof Uint16Array ? 65_535 : WHITE;
  const pixels = new Uint8ClampedArray(width * height * 4).fill(WHITE);
  for (let pixel = 0; pixel < width * height; pixel++) {
    const from = pixel * channels;
    const alpha = channels % 2 === 0 ? (data[from + channels - 1] ?? 0) / top : 1;
    for (let i = 0; i < 3; i++) {
      const value = ((data[from + (isGrey ? 0 : i)] ?? 0) / top) * WHITE;
      pixels[pixel * 4 + i] = WHITE + (value - WHITE) * alpha;
    }
  }
  return { width, height, blurhash: encode(pixels, width, height, COMPONENTS.x, COMPONENTS.y) };
}

function decodePng(png: Uint8Array): DecodedPng | null {
  try {
    return decode(png);
  } catch {
    return null;
  }
}

function greys(depth: number): number[][] {
  const most = 2 ** depth - 1;
  return Array.from({ length: most + 1 }, (_, value) => {
    const grey = Math.round((value / most) * WHITE);
    return [grey, grey, grey];
  });
}
