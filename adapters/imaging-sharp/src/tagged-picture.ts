import sharp from 'sharp';
import type { RawHeader, RawPicture } from './raw-picture.js';

/** Pixels inside of an uncompressed file that tells what their colours mean, in the same memory. */
export interface TaggedPicture extends RawPicture {
  readonly file: Uint8Array<ArrayBuffer>;
}

const CHANNELS = 4;
const HEADER = 8;
/** Length of a directory's field, and the types that fields have here (TIFF 6.0 §2). */
const FIELD = 12;
const [SHORT, LONG, UNDEFINED] = [3, 4, 7];

/**
 * Makes room for a picture's pixels. libvips takes an ICC profile only from a file, and an uncompressed
 * TIFF is one that can be laid around pixels: header, pixels, directory, profile.
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
    [258, SHORT, CHANNELS, 0], // the place of the depths is known below
    [259, SHORT, 1, 1], // not compressed
    [262, SHORT, 1, 2], // RGB
    [273, LONG, 1, HEADER], // one strip
    [277, SHORT, 1, CHANNELS],
    [278, LONG, 1, height],
    [279, LONG, 1, size],
    [338, SHORT, 1, 2], // alpha that colours are not multiplied with
    [34_675, UNDEFINED, profile.length, 0],
  ] as const;
  const behind = directory + 2 + fields.length * FIELD + 4;
  const places = new Map<number, number>([
    [258, behind],
    [34_675, behind + CHANNELS * 2],
  ]);

  const file = new Uint8Array(behind + CHANNELS * 2 + profile.length);
  const view = new DataView(file.buffer);
  view.setUint32(0, 0x49492a00);
  view.setUint32(4, directory, true);
  view.setUint16(directory, fields.length, true);
  for (const [index, [tag, type, count, value]] of fields.entries()) {
    const at = directory + 2 + index * FIELD;
    view.setUint16(at, tag, true);
    view.setUint16(at + 2, type, true);
    view.setUint32(at + 4, count, true);
    view.setUint32(at + 8, places.get(tag) ?? value, true);
  }
  view.setUint32(behind, depths, true);
  view.setUint32(behind + 4, depths, true);
  file.set(profile, behind + CHANNELS * 2);
  return { file, data: file.subarray(HEADER, directory), width, height };
}

/** Turns the colours into sRGB. A profile that makes no sense is passed over. */
export async function toSrgb({ file, width, height }: TaggedPicture): Promise<RawPicture> {
  const data = await sharp(file, { limitInputPixels: false, sequentialRead: true })
    .toColourspace('srgb')
    .raw()
    .toBuffer();
  return { data, width, height };
}

/** The profile of Display P3 that libvips has. */
export async function displayP3(): Promise<Uint8Array> {
  const create = { width: 1, height: 1, channels: 3, background: 'black' } as const;
  const file = await sharp({ create }).withIccProfile('p3').png().toBuffer();
  const { icc } = await sharp(file).metadata();
  if (icc === undefined) throw new Error('libvips has lost its profile of Display P3');
  return icc;
}
