import { sharp } from './sharp.js';
import type { Coding } from './to-display.js';

/** Decoded pixels with the orientation applied. */
export interface RawPicture {
  /** Red, green, blue, alpha of each pixel, rows from the top. */
  readonly data: Uint8Array | Uint16Array;
  readonly width: number;
  readonly height: number;
  /** Absent: sRGB. */
  readonly coding?: Coding;
}

/** Size in the header with the orientation applied, in pixels. */
export interface RawHeader {
  readonly width: number;
  readonly height: number;
}

/** Pixels inside an uncompressed TIFF with an ICC profile, in the same memory. */
export interface TaggedPicture extends RawPicture {
  readonly data: Uint8Array;
  readonly file: Uint8Array<ArrayBuffer>;
}

const CHANNELS = 4;
const HEADER = 8;
/** Length of a directory entry, and the field types used here (TIFF 6.0 §2). */
const FIELD = 12;
const [SHORT, LONG, UNDEFINED] = [3, 4, 7];

/**
 * Allocates an uncompressed TIFF around a picture's pixels: header, pixels, directory, profile. libvips reads
 * ICC profiles only from files.
 */
export function createTaggedPicture(
  { width, height }: RawHeader,
  profile: Uint8Array,
): TaggedPicture {
  const size = width * height * CHANNELS;
  const directory = HEADER + size;
  const depths = (8 << 16) | 8;
  const fields = [
    [256, LONG, 1, width],
    [257, LONG, 1, height],
    [258, SHORT, CHANNELS, 0], // offset set below
    [259, SHORT, 1, 1], // uncompressed
    [262, SHORT, 1, 2], // RGB
    [273, LONG, 1, HEADER], // one strip
    [277, SHORT, 1, CHANNELS],
    [278, LONG, 1, height],
    [279, LONG, 1, size],
    [338, SHORT, 1, 2], // unassociated alpha
    [34_675, UNDEFINED, profile.length, 0],
  ] as const;
  const end = directory + 2 + fields.length * FIELD + 4;
  const offsets = new Map<number, number>([
    [258, end],
    [34_675, end + CHANNELS * 2],
  ]);

  const file = new Uint8Array(end + CHANNELS * 2 + profile.length);
  const view = new DataView(file.buffer);
  view.setUint32(0, 0x49492a00);
  view.setUint32(4, directory, true);
  view.setUint16(directory, fields.length, true);
  for (const [index, [tag, type, count, value]] of fields.entries()) {
    const at = directory + 2 + index * FIELD;
    view.setUint16(at, tag, true);
    view.setUint16(at + 2, type, true);
    view.setUint32(at + 4, count, true);
    view.setUint32(at + 8, offsets.get(tag) ?? value, true);
  }
  view.setUint32(end, depths, true);
  view.setUint32(end + 4, depths, true);
  file.set(profile, end + CHANNELS * 2);
  return { file, data: file.subarray(HEADER, directory), width, height };
}

/** Converts the colours to sRGB. An invalid profile is ignored. */
export async function toSrgb({ file, width, height }: TaggedPicture): Promise<RawPicture> {
  const data = await sharp(file, { limitInputPixels: false, sequentialRead: true })
    .toColourspace('srgb')
    .raw()
    .toBuffer();
  return { data, width, height };
}
