import type { MasterType } from '@auraimage/protocol';
import sharp, { type Metadata, type Sharp } from 'sharp';
import type { RawHeader, RawPicture } from './raw-picture.js';
import type { Input, RawDecodedType } from './tasks.js';

/** Decoders that produce raw pixels, loaded on first use. */
const RAW_DECODERS = {
  'image/heic': async () => {
    const { decodeHeic, readHeicHeader } = await import('./decode-heic.js');
    return { readHeader: readHeicHeader, decode: decodeHeic };
  },
  'image/bmp': async () => {
    const { decodeBmp, readBmpHeader } = await import('./decode-bmp.js');
    return { readHeader: readBmpHeader, decode: decodeBmp };
  },
} satisfies Record<RawDecodedType, unknown>;

/** A decoder of one file. */
export interface RawDecoder {
  /** `null` when the file is not of this type. */
  readonly header: RawHeader | null;
  /** Rejects for a broken file. */
  decode(): Promise<RawPicture>;
}

export async function openRawDecoder(input: Input, type: RawDecodedType): Promise<RawDecoder> {
  const { readHeader, decode } = await RAW_DECODERS[type]();
  if (typeof input === 'string') throw new Error(`${type} is decoded from bytes`);
  return { header: readHeader(input), decode: () => decode(input) };
}

export function sharpOfRaw({ data, width, height }: RawPicture): Sharp {
  return sharp(data, { raw: { width, height, channels: 4 }, limitInputPixels: false });
}

export function isOpaque({ data }: RawPicture): boolean {
  for (let at = 3; at < data.length; at += 4) if (data[at] !== 255) return false;
  return true;
}

/** `null` when no allowed decoder accepts the header. Does not limit the size, which callers report. */
export async function readHeader(input: Input): Promise<Metadata | null> {
  try {
    return await sharp(input, { limitInputPixels: false }).metadata();
  } catch {
    return null;
  }
}

export function mediaType({ format, compression }: Metadata): string {
  if (format === 'heif') return compression === 'av1' ? 'image/avif' : 'image/heic';
  return `image/${format}`;
}

/** Types whose pages are the frames of an animation, not separate pictures. */
export function isAnimatedType(type: MasterType): boolean {
  return type === 'image/gif' || type === 'image/webp';
}
