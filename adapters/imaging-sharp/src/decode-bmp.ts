import type { RawHeader, RawPicture } from './raw-picture.js';

/** Size of the picture, without unpacking a pixel; `null` for what is no BMP. */
export function readBmpHeader(_bytes: Uint8Array): RawHeader | null {
  return null;
}

/** Unpacks the picture. Rejects for a broken file. */
export async function decodeBmp(_bytes: Uint8Array): Promise<RawPicture> {
  throw new Error('BMP cannot be decoded');
}
