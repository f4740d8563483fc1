import type { RawHeader, RawPicture } from './raw-picture.js';

/** Size of the primary picture, without unpacking a pixel; `null` for what is no HEIC. */
export function readHeicHeader(_bytes: Uint8Array): RawHeader | null {
  return null;
}

/** Unpacks the primary picture. Rejects for a broken file. */
export async function decodeHeic(_bytes: Uint8Array): Promise<RawPicture> {
  throw new Error('HEIC cannot be decoded');
}
