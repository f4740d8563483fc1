import { isoBoxes } from './iso-boxes.js';

/** The signature box and the file type; the codestream, whole or in parts; the level (ISO/IEC 18181-2 §9). */
const KEPT = new Set(['JXL ', 'ftyp', 'jxlc', 'jxlp', 'jxll']);
const CONTAINER = Buffer.from('0000000c4a584c200d0a870a', 'hex');

/**
 * A JPEG XL without EXIF, XMP and other boxes, and without the data for restoring a JPEG, which contains its metadata.
 * Orientation and colours are in the codestream. A bare codestream has no metadata.
 *
 * @returns `null` for a file with a damaged box or more than 10,000
 */
export function strippedJxl(bytes: Buffer): Buffer[] | null {
  if (bytes[0] === 0xff && bytes[1] === 0x0a) return [bytes];
  if (!bytes.subarray(0, CONTAINER.length).equals(CONTAINER)) return null;
  const parts: Buffer[] = [];
  try {
    for (const { type, start, end } of isoBoxes(bytes)) {
      if (KEPT.has(type)) parts.push(bytes.subarray(start, end));
    }
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
  return parts;
}
