import type { Focus, FocusKind } from '@auraimage/ports';
import type { MasterType } from '@auraimage/protocol';
import sharp, { type Sharp } from 'sharp';
import type { Input } from './input.js';
import { isUnpackedType, openUnpacked, sharpOfRaw } from './source.js';

/** Longer side of the copy that is looked at, in pixels: what the face detector knows. */
const SIDE = 512;
const CHANNELS = 3;
/** Standard deviation of a channel below which a picture is one colour, give or take what JPEG did to it. */
const FLAT = 2;

interface Copy {
  /** Red, green and blue. */
  readonly data: Buffer;
  readonly width: number;
  readonly height: number;
}

/**
 * Seeks the part of a picture that matters, in its first frame. Rejects for a broken file.
 *
 * `auto` is where libvips finds the most edges, skin and strong colours; nothing in a picture of one
 * colour. `face` is the middle of the most prominent face; nothing where no face is sure enough.
 */
export async function findFocus(input: Input, type: MasterType, kind: FocusKind): Promise<Focus> {
  const copy = await shrink(await open(input, type));
  if (kind === 'auto') return findSalient(copy);
  // Large, and most processes never need it.
  const { findFace } = await import('./faces/find-face.js');
  return findFace(copy);
}

async function open(input: Input, type: MasterType): Promise<Sharp> {
  if (!isUnpackedType(type)) return sharp(input, { limitInputPixels: false, failOn: 'error' });
  const { decode } = await openUnpacked(input, type);
  return sharpOfRaw(await decode());
}

async function shrink(image: Sharp): Promise<Copy> {
  const { data, info } = await image
    .autoOrient()
    .resize({ width: SIDE, height: SIDE, fit: 'inside' })
    .flatten({ background: 'white' })
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true });
  if (info.channels !== CHANNELS) throw new Error(`A copy has ${info.channels} channels`);
  return { data, width: info.width, height: info.height };
}

async function findSalient({ data, width, height }: Copy): Promise<Focus> {
  const image = sharp(data, { raw: { width, height, channels: CHANNELS } });
  const { channels } = await image.stats();
  if (channels.every(({ stdev }) => stdev < FLAT)) return null;
  // The point is found by cutting; how much is cut off hardly matters to it.
  const half = (side: number) => Math.ceil(side / 2);
  const size = width > height ? { width: half(width), height } : { width, height: half(height) };
  const { info } = await image
    .resize({ ...size, fit: 'cover', position: sharp.strategy.attention })
    .raw()
    .toBuffer({ resolveWithObject: true });
  const { attentionX, attentionY } = info;
  if (attentionX === undefined || attentionY === undefined) return null;
  return { x: within(attentionX / width), y: within(attentionY / height) };
}

function within(fraction: number): number {
  return Math.min(1, Math.max(0, fraction));
}
