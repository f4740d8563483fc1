import { readFile } from 'node:fs/promises';
import { bitmap } from '../files/bmp.js';
import { inInks } from '../files/inks.js';
import { firstFrame } from './answer.js';
import {
  animated,
  deep,
  inP3,
  opaque,
  pngWithProfile,
  raw,
  turned,
  withComment,
  withoutClear,
  withPlace,
} from './masters.js';
import type { Picture } from './picture.js';
import type { Box } from './reference.js';
import { cutout, grey, muted, scene, veil, vivid } from './scene.js';

/** A master and its expected pixels. */
export interface Source {
  readonly name: string;
  readonly make: () => Promise<Buffer> | Buffer;
  /** The frames. */
  readonly shows: readonly Picture[];
  readonly alpha?: true;
  /** Milliseconds that each frame of an animation is shown. */
  readonly delay?: readonly number[];
  /** Requested as `w` and `h`. */
  readonly box: Box;
}

const BOX: Box = { w: 48, h: 48 };
export const LOOP = 3;
const DELAY = [100, 250, 400];
const BEST = { quality: 95, chromaSubsampling: '4:4:4' } as const;

const plain = scene(vivid);
export const inks = scene(muted);
const greys = scene(grey);
const clear = scene(veil);
const moving = [0, 1, 2].map((frame) => scene(vivid, { frame }));
const movingClear = [0, 1, 2].map((frame) => scene(cutout, { frame }));
const strip = scene(vivid, { width: 800, height: 40, tileWidth: 50 });
const dot = scene(vivid, { width: 1, height: 1 });
const clearDot = scene(() => [40, 80, 200, 85], { width: 1, height: 1 });

/**
 * The tables of a printer's profile do not reproduce the original colours exactly, so this source shows the reproduced
 * colours. distance.test.ts checks that they are close to the original ones.
 */
const inked = await opaque(inks).withIccProfile('cmyk').jpeg(BEST).toBuffer();
export const printed = await firstFrame(inked);

const still = (name: string, shown: Picture, make: Source['make'], box = BOX): Source => ({
  name,
  make,
  shows: [shown],
  box,
});

const rotated = [2, 3, 4, 5, 6, 7, 8].map((orientation) =>
  still(`JPEG of orientation ${orientation}`, plain, () =>
    withPlace(opaque(turned(plain, orientation)), orientation)
      .jpeg(BEST)
      .toBuffer(),
  ),
);

export const SOURCES: readonly Source[] = [
  still('JPEG', plain, () => withPlace(opaque(plain)).jpeg(BEST).toBuffer()),
  still('PNG', plain, async () => withComment(await opaque(plain).png().toBuffer())),
  still('WebP', plain, () => withPlace(opaque(plain)).webp({ lossless: true }).toBuffer()),
  still('AVIF', plain, () =>
    withPlace(opaque(plain))
      .avif({ ...BEST, effort: 0 })
      .toBuffer(),
  ),
  still('TIFF', plain, () => withPlace(opaque(plain)).tiff({ compression: 'lzw' }).toBuffer()),
  still('GIF', plain, async () => withoutClear(await opaque(plain).gif().toBuffer())),
  still('BMP', plain, () => bitmap(120, 80, withoutAlpha(plain))),
  still('HEIC in Display P3', plain, () =>
    readFile(new URL('assets/scene-p3.heic', import.meta.url)),
  ),
  ...rotated,
  still('WebP of orientation 6', plain, () =>
    withPlace(opaque(turned(plain, 6)), 6)
      .webp({ lossless: true })
      .toBuffer(),
  ),
  still('CMYK JPEG with its profile', printed, () => inked),
  still('CMYK JPEG without a profile', plain, () =>
    inInks(withoutAlpha(plain), 120, 80).jpeg(BEST).toBuffer(),
  ),
  still('PNG in Display P3', plain, () => pngWithProfile(inP3(plain), 'p3')),
  still('JPEG in Display P3', plain, () =>
    opaque(plain).withIccProfile('p3').jpeg(BEST).toBuffer(),
  ),
  still('PNG of 16 bits', plain, () => deep(plain).png().toBuffer()),
  still('grey JPEG', greys, () => opaque(greys).toColourspace('b-w').jpeg(BEST).toBuffer()),
  still('grey PNG', greys, () => opaque(greys).toColourspace('b-w').png().toBuffer()),
  { ...still('PNG with alpha', clear, () => raw(clear).png().toBuffer()), alpha: true },
  {
    ...still('WebP with alpha', clear, () =>
      raw(clear).webp({ lossless: true, exact: true }).toBuffer(),
    ),
    alpha: true,
  },
  {
    ...still('PNG of 16 bits with alpha', clear, () =>
      raw(clear).toColourspace('rgb16').png().toBuffer(),
    ),
    alpha: true,
  },
  { ...still('one pixel', dot, () => opaque(dot).png().toBuffer()) },
  { ...still('one clear pixel', clearDot, () => raw(clearDot).png().toBuffer()), alpha: true },
  still('panorama', strip, () => opaque(strip).jpeg(BEST).toBuffer(), { w: 40, h: 40 }),
  {
    name: 'animated GIF',
    make: async () =>
      withoutClear(await animated(moving).gif({ delay: DELAY, loop: LOOP }).toBuffer()),
    shows: moving,
    delay: DELAY,
    box: BOX,
  },
  {
    name: 'animated GIF with alpha',
    make: () => animated(movingClear).gif({ delay: DELAY, loop: LOOP }).toBuffer(),
    shows: movingClear,
    delay: DELAY,
    alpha: true,
    box: BOX,
  },
  {
    name: 'animated WebP',
    make: () =>
      animated(moving).removeAlpha().webp({ lossless: true, delay: DELAY, loop: LOOP }).toBuffer(),
    shows: moving,
    delay: DELAY,
    box: BOX,
  },
  {
    name: 'animated WebP with alpha',
    make: () => animated(movingClear).webp({ lossless: true, delay: DELAY, loop: LOOP }).toBuffer(),
    shows: movingClear,
    delay: DELAY,
    alpha: true,
    box: BOX,
  },
];

function withoutAlpha({ data }: Picture): Buffer {
  return Buffer.from(data.filter((_, i) => i % 4 !== 3));
}
