import { decode, isBlurhashValid } from 'blurhash';
import { bitmapUrl } from './bitmap.js';

/** What is shown until the image is there. */
export type Placeholder = 'blurhash' | 'lqip' | 'empty';

/** Pixels of the longer side: a blurhash has few waves, and browsers smooth what is between. */
const PIXELS = 16;

/**
 * A blurhash as the address of a tiny picture; `null` for a text that is none.
 *
 * @param ratio width by height of the image
 */
export function blurhashUrl(blurhash: string, ratio: number): string | null {
  if (!isBlurhashValid(blurhash).result) return null;
  const width = sideOf(ratio);
  const height = sideOf(1 / ratio);
  return bitmapUrl(decode(blurhash, width, height), width, height);
}

function sideOf(ratio: number): number {
  return Math.max(1, Math.round(PIXELS * Math.min(1, ratio)));
}
