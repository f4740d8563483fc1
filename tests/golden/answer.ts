import sharp, { type Metadata } from 'sharp';
import type { Format } from './limits.js';
import type { Picture } from './picture.js';
import type { Box, Fit } from './reference.js';

/** A variant of a response. */
export interface Answer {
  readonly type: string | null;
  /** The value of `X-Aura-Smart-Crop`. */
  readonly smartCrop: string | null;
  readonly bytes: Buffer;
  readonly metadata: Metadata;
  readonly frames: readonly Picture[];
}

/** Requests a variant. `fmt` has no GIF: animations become GIF if `Accept` names only that. */
export function ask(url: string, { w, h }: Box, fit: Fit, format: Format): Promise<Answer> {
  const fmt = format === 'gif' ? 'auto' : format;
  return answerOf(`${url}?w=${w}&h=${h}&fit=${fit}&fmt=${fmt}`);
}

export async function answerOf(url: string): Promise<Answer> {
  const response = await fetch(url, { headers: { Accept: 'image/gif' } });
  const bytes = Buffer.from(await response.arrayBuffer());
  if (response.status !== 200) throw new Error(`${response.status}: ${bytes}`);
  return {
    type: response.headers.get('Content-Type'),
    smartCrop: response.headers.get('X-Aura-Smart-Crop'),
    bytes,
    ...(await decode(bytes)),
  };
}

async function decode(bytes: Buffer): Promise<Pick<Answer, 'metadata' | 'frames'>> {
  const image = sharp(bytes, { animated: true });
  const metadata = await image.metadata();
  const { data, info } = await image
    .toColourspace('srgb')
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const { pages = 1 } = metadata;
  const { width } = info;
  const height = info.height / pages;
  const length = width * height * 4;
  const frames = Array.from({ length: pages }, (_, i) => ({
    width,
    height,
    data: new Uint8ClampedArray(data.subarray(i * length, (i + 1) * length)),
  }));
  return { metadata, frames };
}

export async function firstFrame(bytes: Buffer): Promise<Picture> {
  const [frame] = (await decode(bytes)).frames;
  if (frame === undefined) throw new Error('no frame');
  return frame;
}
