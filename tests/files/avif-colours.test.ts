import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { type AvifItem, avif, avifTracks, codedPicture, nclx } from './avif.js';
import { expectNear, inspect, type Rgb, render } from './rendering.js';

// Expected colours are those of Chromium 156, read from screenshots at one pixel per pixel.

describe('an AVIF marked with', () => {
  const COLOURS: readonly Rgb[] = [
    [128, 64, 32],
    [176, 39, 39],
    [128, 128, 128],
  ];
  const SIDE = 8;
  let picture: AvifItem;
  let deep: AvifItem;

  beforeAll(async () => {
    const width = COLOURS.length * SIDE;
    const data = Buffer.alloc(width * SIDE * 3);
    for (let i = 0; i < width * SIDE; i++) {
      data.set(COLOURS[Math.floor((i % width) / SIDE)] ?? [], i * 3);
    }
    const image = sharp(data, { raw: { width, height: SIDE, channels: 3 } });
    const options = { quality: 100, chromaSubsampling: '4:4:4', effort: 0 } as const;
    picture = codedPicture(await image.clone().avif(options).toBuffer(), width, SIDE);
    deep = codedPicture(await image.avif({ ...options, bitdepth: 10 }).toBuffer(), width, SIDE);
  });

  it.each([
    ['sRGB', 1, 13, COLOURS],
    ['nothing known', 2, 2, COLOURS],
    ['primaries that nobody knows', 77, 13, COLOURS],
    [
      'Display P3',
      12,
      13,
      [
        [138, 58, 20],
        [193, 6, 29],
        [128, 128, 128],
      ],
    ],
    [
      'BT.2020 as cameras write it',
      9,
      1,
      [
        [155, 48, 19],
        [220, 0, 30],
        [128, 128, 128],
      ],
    ],
    [
      'a gamma of 2.2',
      1,
      4,
      [
        [129, 61, 25],
        [178, 33, 34],
        [129, 129, 129],
      ],
    ],
    [
      'linear light',
      1,
      8,
      [
        [188, 136, 98],
        [217, 108, 109],
        [188, 188, 188],
      ],
    ],
    [
      'PQ',
      9,
      16,
      [
        [165, 0, 0],
        [255, 0, 0],
        [132, 132, 132],
      ],
    ],
    [
      'PQ in Display P3',
      12,
      16,
      [
        [145, 10, 0],
        [255, 0, 0],
        [132, 132, 132],
      ],
    ],
    [
      'HLG',
      9,
      18,
      [
        [112, 34, 8],
        [180, 0, 18],
        [99, 99, 99],
      ],
    ],
  ] as const)('%s', async (_, primaries, transfer, expected) => {
    for (const item of [picture, deep]) {
      const colr = nclx(primaries, transfer, 'full');
      const { at } = await render(avif([{ ...item, properties: { colr } }]), 'image/avif');
      for (const [i, colour] of expected.entries()) {
        expectNear(at(i * SIDE + SIDE / 2, SIDE / 2), [...colour, 255], 5);
      }
    }
  });

  it('more than one picture shows the primary one', async () => {
    const create = { width: 30, height: 20, channels: 3, background: 'blue' } as const;
    const other = codedPicture(await sharp({ create }).avif({ effort: 0 }).toBuffer(), 30, 20);
    for (const [primary, size] of [
      [1, { width: 30, height: 20 }],
      [2, { width: 24, height: 8 }],
    ] as const) {
      const file = avif([other, picture], { primary });
      expect(await inspect(file, 'image/avif')).toMatchObject({ ...size, frames: 1 });
      expect(await render(file, 'image/avif')).toMatchObject(size);
    }
  });

  it('the brand of a sequence shows its still picture', async () => {
    const { at } = await render(avif([picture], { brand: 'avis' }), 'image/avif');
    expectNear(at(4, 4), [...(COLOURS[0] ?? []), 255], 5);
  });

  it('tracks alone shows its first frame', async () => {
    const moving = avifTracks(picture);
    expect(await inspect(moving, 'image/avif')).toMatchObject({ width: 24, height: 8, frames: 1 });
    const { at } = await render(moving, 'image/avif');
    for (const [i, colour] of COLOURS.entries())
      expectNear(at(i * SIDE + 4, 4), [...colour, 255], 5);
  });

  it('tracks of colour and alpha shows both', async () => {
    const create = { width: 24, height: 8, channels: 3, background: '#505050' } as const;
    const grey = await sharp({ create }).avif({ quality: 100, effort: 0 }).toBuffer();
    const moving = avifTracks(picture, codedPicture(grey, 24, 8));
    expect(await inspect(moving, 'image/avif')).toMatchObject({ hasAlpha: true });
    const { at } = await render(moving, 'image/avif');
    expectNear(at(4, 4), [...(COLOURS[0] ?? []), 0x50], 5);
  });

  it('tracks that are cut off is refused', async () => {
    const moving = avifTracks(picture);
    for (const length of [40, 200, moving.length - 20]) {
      await expect(inspect(moving.subarray(0, length), 'image/avif')).rejects.toThrow();
    }
  });
});
