import { deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { beforeAll, describe, it } from 'vitest';
import { PNG_SIGNATURE, pngChunk } from './png.js';
import { expectNear, type Rgb, render } from './rendering.js';

// Expected colours are those of Chromium 156, read from screenshots at one pixel per pixel.

describe('a PNG marked with', () => {
  const COLOURS: readonly Rgb[] = [
    [200, 60, 40],
    [60, 120, 90],
    [128, 128, 128],
  ];
  const u32 = (...values: readonly number[]) => {
    const bytes = Buffer.alloc(values.length * 4);
    for (const [i, value] of values.entries()) bytes.writeUInt32BE(value, i * 4);
    return bytes;
  };
  const gamma = (value: number) => pngChunk('gAMA', u32(value * 1e5));
  const cicp = (primaries: number, transfer: number, isFull = 1) =>
    pngChunk('cICP', Buffer.from([primaries, transfer, 0, isFull]));
  const p3 = [0.3127, 0.329, 0.68, 0.32, 0.265, 0.69, 0.15, 0.06];
  const chroma = pngChunk('cHRM', u32(...p3.map((value) => Math.round(value * 1e5))));
  const srgb = pngChunk('sRGB', Buffer.from([0]));
  const light = (peak: number) => pngChunk('cLLI', u32(peak * 1e4, 100 * 1e4));
  const mastered = pngChunk('mDCV', Buffer.concat([Buffer.alloc(16), u32(4000 * 1e4, 100)]));
  let profile: Buffer = Buffer.alloc(0);

  beforeAll(async () => {
    const create = { width: 1, height: 1, channels: 3, background: 'red' } as const;
    const file = await sharp({ create }).withIccProfile('p3').png().toBuffer();
    const { icc = Buffer.alloc(0) } = await sharp(file).metadata();
    profile = pngChunk('iCCP', Buffer.concat([Buffer.from('x\0\0', 'latin1'), deflateSync(icc)]));
  });

  /** Three pixels of 8 or 16 bits. */
  function png(chunks: readonly Buffer[], bits: number): Buffer {
    const wide = bits / 8;
    const row = Buffer.alloc(1 + COLOURS.length * 3 * wide);
    for (const [i, value] of COLOURS.flat().entries())
      row.fill(value, 1 + i * wide, 1 + (i + 1) * wide);
    const header = Buffer.concat([u32(COLOURS.length, 1), Buffer.from([bits, 2, 0, 0, 0])]);
    const pixels = pngChunk('IDAT', deflateSync(row));
    const end = pngChunk('IEND', Buffer.alloc(0));
    return Buffer.concat([PNG_SIGNATURE, pngChunk('IHDR', header), ...chunks, pixels, end]);
  }

  const P3: readonly Rgb[] = [
    [217, 42, 24],
    [30, 122, 88],
    [128, 128, 128],
  ];
  const LINEAR: readonly Rgb[] = [
    [229, 133, 110],
    [133, 183, 160],
    [188, 188, 188],
  ];
  const PQ: readonly Rgb[] = [
    [255, 0, 0],
    [0, 120, 53],
    [132, 132, 132],
  ];
  const CASES: readonly (readonly [string, () => readonly Buffer[], readonly Rgb[]])[] = [
    ['nothing', () => [], COLOURS],
    ['gAMA', () => [gamma(1)], LINEAR],
    ['gAMA of sRGB', () => [gamma(0.45455)], COLOURS],
    [
      'gAMA and cHRM',
      () => [gamma(0.45455), chroma],
      [
        [219, 37, 13],
        [22, 123, 87],
        [129, 129, 129],
      ],
    ],
    ['cHRM alone', () => [chroma], COLOURS],
    ['sRGB, and gAMA', () => [srgb, gamma(1)], COLOURS],
    ['a profile', () => [profile], P3],
    ['a profile, and gAMA', () => [profile, gamma(1)], P3],
    ['cICP of Display P3', () => [cicp(12, 13)], P3],
    ['cICP of sRGB, and a profile', () => [cicp(1, 13), profile], COLOURS],
    [
      'cICP of BT.2020',
      () => [cicp(9, 13)],
      [
        [247, 0, 23],
        [0, 125, 87],
        [128, 128, 128],
      ],
    ],
    [
      'cICP of video',
      () => [cicp(1, 1)],
      [
        [197, 49, 28],
        [49, 113, 81],
        [121, 121, 121],
      ],
    ],
    ['cICP of PQ', () => [cicp(9, 16)], PQ],
    [
      'cICP of PQ, and 400 cd/m²',
      () => [cicp(9, 16), light(400)],
      [
        [255, 0, 0],
        [0, 148, 67],
        [163, 163, 163],
      ],
    ],
    ['cICP of PQ, mastered at 4000 cd/m²', () => [cicp(9, 16), mastered], PQ],
    [
      'cICP of HLG',
      () => [cicp(9, 18)],
      [
        [230, 0, 8],
        [0, 94, 66],
        [99, 99, 99],
      ],
    ],
    ['cICP that nobody knows, and gAMA', () => [cicp(77, 13), gamma(1)], LINEAR],
    ['cICP of video range', () => [cicp(12, 13, 0)], COLOURS],
  ];

  describe.each([8, 16])('%d bits and', (bits) => {
    it.each(CASES)('%s', async (_, chunks, expected) => {
      const { at } = await render(png(chunks(), bits), 'image/png');
      for (const [x, colour] of expected.entries()) expectNear(at(x, 0), [...colour, 255], 2);
    });
  });
});
