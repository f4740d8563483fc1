import type { RawHeader, RawPicture } from './raw-picture.js';

/** Lengths of the DIB header (Windows 2.0 to 5.0, OS/2 1.0 and 2.0). */
const CORE = 12;
const LENGTHS = new Set([CORE, 16, 40, 52, 56, 64, 108, 124]);
const DEPTHS = new Set([1, 2, 4, 8, 16, 24, 32]);
/** The decoder counts bytes in 32 bits, which more pixels would overflow. */
const MAX_PIXELS = 2 ** 29;
/** End of row, then end of bitmap. */
const DOUBLE_END = [0, 0, 0, 1];

/** Size of the picture, without decoding pixels; `null` when the bytes are no BMP. */
export function readBmpHeader(bytes: Uint8Array): RawHeader | null {
  if (bytes.length < 34) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.getUint32(14, true);
  if (view.getUint16(0) !== 0x424d || !LENGTHS.has(length)) return null;
  const isCore = length === CORE;
  const width = isCore ? view.getUint16(18, true) : view.getInt32(18, true);
  // A negative height means rows from the top.
  const height = isCore ? view.getUint16(20, true) : Math.abs(view.getInt32(22, true));
  const depth = view.getUint16(isCore ? 24 : 28, true);
  if (!DEPTHS.has(depth)) return null;
  return width < 1 || height < 1 ? null : { width, height };
}

/** Decodes the picture. Rejects for a broken file. */
export async function decodeBmp(bytes: Uint8Array): Promise<RawPicture> {
  const header = readBmpHeader(bytes);
  if (header === null) throw new Error('nsbmp: not a BMP');
  if (header.width * header.height > MAX_PIXELS) throw new Error('nsbmp: too many pixels');
  const { decode } = await import('@cwasm/nsbmp');
  const { data, width, height } = decodeLenient(decode, bytes);
  const hasHeaderSize = width === header.width && height === header.height;
  if (!hasHeaderSize) throw new Error('nsbmp: size differs from the header');
  return { data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength), width, height };
}

/**
 * ImageMagick and others write an end of row before the end of bitmap. Both are valid, but nsbmp counts the
 * former as an extra row.
 */
function decodeLenient<T>(decode: (bytes: Uint8Array) => T, bytes: Uint8Array): T {
  try {
    return decode(bytes);
  } catch (error) {
    const end = bytes.lastIndexOf(1) + 1;
    const hasDoubleEnd = bytes.subarray(end - 4, end).every((byte, i) => byte === DOUBLE_END[i]);
    if (!isRunLength(bytes) || !hasDoubleEnd) throw error;
    const repaired = bytes.slice();
    repaired[end - 3] = 1;
    return decode(repaired);
  }
}

/** `BI_RLE8` or `BI_RLE4`, which the oldest header does not have. */
function isRunLength(bytes: Uint8Array): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return view.getUint32(14, true) >= 40 && [1, 2].includes(view.getUint32(30, true));
}
