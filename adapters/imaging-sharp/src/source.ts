import type { MasterType } from '@auraimage/protocol';
import sharp, { type Metadata, type Sharp } from 'sharp';
import { bytesOf, type Input } from './input.js';
import type { RawHeader, RawPicture } from './raw-picture.js';

/** Types that libvips does not read: unpacked first, by a decoder of their own. */
const UNPACKED = {
  'image/heic': async () => {
    const { decodeHeic, readHeicHeader } = await import('./decode-heic.js');
    return { readHeader: readHeicHeader, decode: decodeHeic };
  },
  'image/bmp': async () => {
    const { decodeBmp, readBmpHeader } = await import('./decode-bmp.js');
    return { readHeader: readBmpHeader, decode: decodeBmp };
  },
};

export type UnpackedType = keyof typeof UNPACKED;

export function isUnpackedType(type: MasterType): type is UnpackedType {
  return type in UNPACKED;
}

/** A decoder of one file. */
export interface Unpacker {
  /** `null`: not a file of this type. */
  readonly header: RawHeader | null;
  /** Rejects for a broken file. */
  decode(): Promise<RawPicture>;
}

export async function openUnpacked(input: Input, type: UnpackedType): Promise<Unpacker> {
  const { readHeader, decode } = await UNPACKED[type]();
  const bytes = await bytesOf(input);
  return { header: readHeader(bytes), decode: () => decode(bytes) };
}

export function sharpOfRaw({ data, width, height }: RawPicture): Sharp {
  return sharp(data, { raw: { width, height, channels: 4 }, limitInputPixels: false });
}

export function isOpaque({ data }: RawPicture): boolean {
  for (let at = 3; at < data.length; at += 4) if (data[at] !== 255) return false;
  return true;
}

/** `null` where no allowed decoder takes the header. Sizes are not limited here: that has its own answer. */
export async function readHeader(input: Input, page = 0): Promise<Metadata | null> {
  try {
    return await sharp(input, { limitInputPixels: false, page }).metadata();
  } catch {
    return null;
  }
}

export function mediaType({ format, compression }: Metadata): string {
  if (format === 'heif') return compression === 'av1' ? 'image/avif' : 'image/heic';
  return `image/${format}`;
}

/** Types whose pages are the frames of an animation, and not pictures of their own. */
export function isAnimatedType(type: MasterType): boolean {
  return type === 'image/gif' || type === 'image/webp';
}
