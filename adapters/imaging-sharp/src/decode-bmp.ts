import type { RawHeader, RawPicture } from './raw-picture.js';

/** Lengths that the header behind the file's has (Windows 2.0 to 5.0, OS/2 1.0 and 2.0). */
const CORE = 12;
const LENGTHS = new Set([CORE, 16, 40, 52, 56, 64, 108, 124]);
const DEPTHS = new Set([1, 2, 4, 8, 16, 24, 32]);
/** The decoder counts bytes in 32 bits: more pixels than these would wrap around. */
const MAX_PIXELS = 2 ** 29;
/** End of row, end of picture. */
const END_TWICE = [0, 0, 0, 1];

/** Size of the picture, without unpacking a pixel; `null` for what is no BMP. */
export function readBmpHeader(bytes: Uint8Array): RawHeader | null {
  if (bytes.length < 34) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.getUint32(14, true);
  if (view.getUint16(0) !== 0x424d || !LENGTHS.has(length)) return null;
  const isCore = length === CORE;
  const width = isCore ? view.getUint16(18, true) : view.getInt32(18, true);
  // Below zero: the rows begin at the top.
  const height = isCore ? view.getUint16(20, true) : Math.abs(view.getInt32(22, true));
  const depth = view.getUint16(isCore ? 24 : 28, true);
  if (!DEPTHS.has(depth)) return null;
  return width < 1 || height < 1 ? null : { width, height };
}

/** Unpacks the picture. Rejects for a broken file. */
export async function decodeBmp(bytes: Uint8Array): Promise<RawPicture> {
  const header = readBmpHeader(bytes);
  if (header === null) throw new Error('nsbmp: not a BMP');
  if (header.width * header.height > MAX_PIXELS) throw new Error('nsbmp: too many pixels');
  const { decode } = await import('@cwasm/nsbmp');
  const { data, width, height } = decodeEither(decode, bytes);
  const isAsAnnounced = width === header.width && height === header.height;
  if (!isAsAnnounced) throw new Error('nsbmp: another size than announced');
  return { data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength), width, height };
}

/**
 * ImageMagick and others end the last row before they end the picture. nsbmp takes that for a row too
 * many, though both are allowed.
 */
function decodeEither<T>(decode: (bytes: Uint8Array) => T, bytes: Uint8Array): T {
  try {
    return decode(bytes);
  } catch (error) {
    const end = bytes.lastIndexOf(1) + 1;
    const isEndedTwice = bytes.subarray(end - 4, end).every((byte, i) => byte === END_TWICE[i]);
    if (!isRunLength(bytes) || !isEndedTwice) throw error;
    const repaired = bytes.slice();
    repaired[end - 3] = 1;
    return decode(repaired);
  }
}

/** `BI_RLE8` or `BI_RLE4`; the oldest header has neither. */
function isRunLength(bytes: Uint8Array): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return view.getUint32(14, true) >= 40 && [1, 2].includes(view.getUint32(30, true));
}
