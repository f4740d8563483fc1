const ORIENTATION = 0x0112;
const SHORT = 3;
const MAX_ENTRIES = 500;

/**
 * The orientation in an EXIF block (Exif 2.32 §4.6.4 A), without `Exif\0\0`: 1 to 8; 1 for a block without it, or a
 * broken one.
 */
export function readOrientation(exif: Uint8Array): number {
  const view = new DataView(exif.buffer, exif.byteOffset, exif.byteLength);
  if (exif.length < 8) return 1;
  const order = view.getUint16(0);
  const isLittle = order === 0x4949;
  if (!isLittle && order !== 0x4d4d) return 1;
  const start = view.getUint32(4, isLittle);
  if (start + 2 > exif.length) return 1;
  const count = Math.min(view.getUint16(start, isLittle), MAX_ENTRIES);
  for (let at = start + 2; at < start + 2 + count * 12 && at + 12 <= exif.length; at += 12) {
    if (view.getUint16(at, isLittle) !== ORIENTATION) continue;
    const value = view.getUint16(at + 8, isLittle);
    return view.getUint16(at + 2, isLittle) === SHORT && value >= 1 && value <= 8 ? value : 1;
  }
  return 1;
}

/** An EXIF block with the orientation and nothing else, without `Exif\0\0`. */
export function writeOrientation(orientation: number): Buffer {
  const block = Buffer.from('4d4d002a00000008000101120003000000010000000000000000', 'hex');
  block.writeUInt16BE(orientation, 18);
  return block;
}
