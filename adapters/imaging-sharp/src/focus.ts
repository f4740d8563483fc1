import type { Focus, FocusKind } from '@auraimage/ports';
import type { MasterType } from '@auraimage/protocol';
import { sharp } from './sharp.js';
import { type Decoded, openSource } from './source.js';
import type { Input } from './tasks.js';

/** Longer side of the analysed copy in pixels: the input size of the face detector. */
const SIDE = 512;
const CHANNELS = 3;
/** Standard deviation of a channel below which a picture has one colour, apart from JPEG noise. */
const FLAT = 2;

interface Copy {
  /** Red, green and blue. */
  readonly data: Buffer;
  readonly width: number;
  readonly height: number;
}

/**
 * Finds the focus of a picture's first frame. Rejects for a broken file.
 *
 * `auto` is where libvips finds the most edges, skin tones and saturated colours; `null` for a picture of one
 * colour. `face` is the centre of the most prominent face; `null` below the least score.
 */
export async function findFocus(input: Input, type: MasterType, kind: FocusKind): Promise<Focus> {
  const source = await openSource(input, type);
  if (source === null) throw new Error('the header is damaged');
  const copy = await shrink(await source.decode({ frames: 1, failOn: 'error' }));
  if (kind === 'auto') return findSalient(copy);
  // Loaded on demand: the model is large, and most processes never need it.
  const { findFace } = await import('./faces/find-face.js');
  return findFace(copy);
}

async function shrink({ image, show }: Decoded): Promise<Copy> {
  const shown = await show(image.resize({ width: SIDE, height: SIDE, fit: 'inside' }));
  const { data, info } = await shown
    .flatten({ background: 'white' })
    .raw()
    .toBuffer({ resolveWithObject: true });
  if (info.channels !== CHANNELS) throw new Error(`the copy has ${info.channels} channels`);
  return { data, width: info.width, height: info.height };
}

async function findSalient({ data, width, height }: Copy): Promise<Focus> {
  const image = sharp(data, { raw: { width, height, channels: CHANNELS } });
  const { channels } = await image.stats();
  if (channels.every(({ stdev }) => stdev < FLAT)) return null;
  // libvips returns the point of a crop; the size of the crop hardly changes it.
  const half = (side: number) => Math.ceil(side / 2);
  const size = width > height ? { width: half(width), height } : { width, height: half(height) };
  const { info } = await image
    .resize({ ...size, fit: 'cover', position: sharp.strategy.attention })
    .raw()
    .toBuffer({ resolveWithObject: true });
  const { attentionX, attentionY } = info;
  if (attentionX === undefined || attentionY === undefined) return null;
  return { x: clamp(attentionX / width), y: clamp(attentionY / height) };
}

function clamp(fraction: number): number {
  return Math.min(1, Math.max(0, fraction));
}
