import type { MasterType } from '@auraimage/protocol';
import { strippedGif } from './stripped-gif.js';
import { strippedHeif } from './stripped-heif.js';
import { strippedJpeg } from './stripped-jpeg.js';
import { strippedJxl } from './stripped-jxl.js';
import { strippedPng } from './stripped-png.js';
import { strippedWebp } from './stripped-webp.js';

/** Parts of the new file in order; `null` when the file is damaged. */
type Strip = (bytes: Buffer) => readonly Buffer[] | null;

const STRIPS: Readonly<Partial<Record<MasterType, Strip>>> = {
  'image/jpeg': strippedJpeg,
  'image/png': strippedPng,
  'image/webp': strippedWebp,
  'image/gif': strippedGif,
  'image/avif': strippedHeif,
  'image/heic': strippedHeif,
  'image/jxl': strippedJxl,
  // Its headers hold sizes and colours only.
  'image/bmp': (bytes) => [bytes],
};

/**
 * The same picture without EXIF, XMP, comments and other metadata: no pixel is decoded. The orientation and the ICC
 * profile stay. What is not known to be needed for the picture is removed.
 *
 * @returns `null` for a type whose metadata cannot be removed (TIFF), and for a damaged file
 *
 * @example
 * removeMetadata(photo, 'image/jpeg'); // the photo without its place and time
 */
export function removeMetadata(bytes: Buffer, type: MasterType): Uint8Array<ArrayBuffer> | null {
  const parts = STRIPS[type]?.(bytes) ?? null;
  if (parts === null) return null;
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
