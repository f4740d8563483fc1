/** The signature box and the file type; the codestream, whole or in parts; the level (ISO/IEC 18181-2 §9). */
const KEPT = new Set(['JXL ', 'ftyp', 'jxlc', 'jxlp', 'jxll']);
const CONTAINER = Buffer.from('0000000c4a584c200d0a870a', 'hex');

/**
 * A JPEG XL without EXIF, XMP and other boxes, and without the data for restoring a JPEG, which contains its metadata.
 * Orientation and colours are in the codestream. A bare codestream has no metadata.
 *
 * @returns `null` for a file with a damaged box
 */
export function strippedJxl(bytes: Buffer): Buffer[] | null {
  if (bytes[0] === 0xff && bytes[1] === 0x0a) return [bytes];
  if (!bytes.subarray(0, CONTAINER.length).equals(CONTAINER)) return null;
  const parts: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    if (at + 8 > bytes.length) return null;
    const short = bytes.readUInt32BE(at);
    const isLong = short === 1 && at + 16 <= bytes.length;
    const size = isLong ? Number(bytes.readBigUInt64BE(at + 8)) : short || bytes.length - at;
    if (size < (isLong ? 16 : 8) || at + size > bytes.length) return null;
    const isKept = KEPT.has(bytes.toString('latin1', at + 4, at + 8));
    if (isKept) parts.push(bytes.subarray(at, at + size));
    at += size;
  }
  return parts;
}
