import { readFileSync } from 'node:fs';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { nclx } from './avif.js';
import { inInks, inkTiff } from './inks.js';
import { asset, expectNear, inspect, type Rgb, render } from './rendering.js';

// Expected colours are those of Chromium 156, read from screenshots at one pixel per pixel.

describe('a HEIC of 10 bits marked with', () => {
  /** Four fields of 32 pixels: those of the AVIF, then light grey. */
  const file = readFileSync(new URL('assets/heic-patches.heic', import.meta.url));

  it.each([
    [
      'a profile of Display P3',
      undefined,
      [
        [138, 58, 20],
        [193, 6, 29],
        [128, 128, 128],
        [200, 200, 200],
      ],
    ],
    [
      'sRGB',
      [1, 13],
      [
        [128, 64, 32],
        [176, 39, 39],
        [128, 128, 128],
        [200, 200, 200],
      ],
    ],
    [
      'Display P3',
      [12, 13],
      [
        [138, 58, 20],
        [193, 6, 29],
        [128, 128, 128],
        [200, 200, 200],
      ],
    ],
    [
      'PQ',
      [9, 16],
      [
        [165, 0, 0],
        [255, 0, 0],
        [132, 132, 132],
        [255, 255, 255],
      ],
    ],
    [
      'PQ in Display P3',
      [12, 16],
      [
        [145, 10, 0],
        [255, 0, 0],
        [132, 132, 132],
        [255, 255, 255],
      ],
    ],
    [
      'HLG',
      [9, 18],
      [
        [112, 34, 8],
        [180, 0, 18],
        [99, 99, 99],
        [198, 198, 198],
      ],
    ],
  ] as const)('%s', async (_, marks, expected) => {
    const bytes = Buffer.from(file);
    if (marks !== undefined) nclx(marks[0], marks[1], 'full').copy(bytes, bytes.indexOf('prof'));
    const { at } = await render(bytes, 'image/heic');
    for (const [i, colour] of expected.entries())
      expectNear(at(i * 32 + 16, 32), [...colour, 255], 5);
  });
});

describe('JPEG XL', () => {
  const file = (name: string) => readFileSync(new URL(`assets/jxl-${name}.jxl`, import.meta.url));

  it('in PQ is tone-mapped', async () => {
    const { at } = await render(file('pq'), 'image/jxl');
    const expected = [
      [165, 0, 0],
      [255, 0, 0],
      [132, 132, 132],
      [255, 255, 255],
    ];
    for (const [i, colour] of expected.entries())
      expectNear(at(i * 32 + 16, 32), [...colour, 255], 3);
  });

  it.each(['plain', 'alpha', 'from-jpeg', 'sixteen'])(
    '%s has the colours of the drawing',
    async (name) => {
      const { at } = await render(file(name), 'image/jxl');
      let far = 0;
      for (const [x, y] of [
        [9, 5],
        [20, 20],
        [33, 40],
        [60, 11],
      ] as const) {
        const [red = 0, green = 0, blue = 0] = at(x, y);
        const drawn = [(x * 4 + y) & 255, (y * 5) & 255, ((x ^ y) * 7) & 255];
        far +=
          Math.abs(red - (drawn[0] ?? 0)) +
          Math.abs(green - (drawn[1] ?? 0)) +
          Math.abs(blue - (drawn[2] ?? 0));
      }
      expect(far / 12).toBeLessThan(12);
    },
  );

  it('has the alpha of its file', async () => {
    const { at } = await render(file('alpha'), 'image/jxl', { format: 'webp' });
    for (const x of [0, 20, 40, 63])
      expectNear(at(x, 20).slice(3), [Math.floor((x * 255) / 64)], 3);
  });

  it('is decoded after a broken file', async () => {
    const half = file('plain').subarray(0, 500);
    await expect(inspect(half, 'image/jxl')).rejects.toThrow('image_not_decodable');
    expect(await inspect(file('plain'), 'image/jxl')).toMatchObject({ width: 64, height: 48 });
  });
});

describe.each(['jpeg', 'webp', 'avif', 'png'] as const)(
  'CMYK without a profile in %s',
  (format) => {
    const COLOURS: readonly Rgb[] = [
      [190, 60, 50],
      [60, 150, 80],
      [0, 174, 239],
      [128, 128, 128],
      [0, 0, 0],
      [255, 255, 255],
    ];

    it('has the colours that browsers give it', async () => {
      const side = 16;
      const width = COLOURS.length * side;
      const rgb = Buffer.alloc(width * side * 3);
      for (let i = 0; i < width * side; i++) {
        rgb.set(COLOURS[Math.floor((i % width) / side)] ?? [], i * 3);
      }
      const file = await inInks(rgb, width, side).jpeg({ quality: 95 }).toBuffer();
      const { at } = await render(file, 'image/jpeg', { format });
      for (const [i, colour] of COLOURS.entries()) {
        expectNear(at(i * side + side / 2, side / 2), [...colour, 255], 8);
      }
    });
  },
);

it.each([8, 16] as const)('CMYK of %d bits in a TIFF has the same colours', async (bits) => {
  const rgb = Buffer.alloc(16 * 16 * 3, Buffer.from([190, 60, 50]));
  const { at } = await render(inkTiff(rgb, 16, 16, bits), 'image/tiff');
  expectNear(at(8, 8), [190, 60, 50, 255], 1);
});

describe('files of others', () => {
  it.each([
    ['p3-16.png', 'image/png', 32, 24, [[5, 5, 39, 200, 59]]],
    ['red16-srgb-icc.png', 'image/png', 64, 64, [[5, 5, 255, 0, 0]]],
    ['cicp-display-p3_reencoded.png', 'image/png', 100, 50, [[5, 5, 27, 104, 157]]],
    ['32Bit-72dpi-sRGB-800x600.avif', 'image/avif', 800, 600, [[5, 5, 255, 106, 0]]],
    ['colors-animated-8bpc.avif', 'image/avif', 150, 150, [[5, 5, 0, 0, 0]]],
    [
      'colors_hdr_p3.avif',
      'image/avif',
      200,
      200,
      [
        [0, 0, 255, 0, 0],
        [100, 100, 208, 174, 22],
        [50, 50, 255, 69, 0],
        [199, 199, 255, 255, 255],
      ],
    ],
  ] as const)('%s', async (name, type, width, height, pixels) => {
    const variant = await render(asset(name), type);
    expect(variant).toMatchObject({ width, height });
    for (const [x, y, ...colour] of pixels) expectNear(variant.at(x, y), [...colour, 255], 3);
  });

  describe('a monochrome AVIF', () => {
    const file = asset('plum-blossom-small.profile0.8bpc.yuv420.alpha-full.monochrome.avif');
    /** The sequence header of both its streams, up to the byte that holds the range. */
    const header = Buffer.from('0a091819bfffe1808684', 'hex');
    const withRange = (from: number, to: number) => {
      const bytes = Buffer.from(file);
      for (let at = bytes.indexOf(header); at >= 0; at = bytes.indexOf(header, at + 1)) {
        if (bytes[at + 10] === from) bytes[at + 10] = to;
      }
      return bytes;
    };
    const [LIMITED, FULL] = [0x90, 0xd0];

    it('in limited range is expanded', async () => {
      const { at } = await render(file, 'image/avif', { format: 'jpeg', quality: 100 });
      expectNear(at(64, 64), [239, 239, 239], 4);
      expectNear(at(0, 0), [255, 255, 255], 4);
      const full = await render(withRange(LIMITED, FULL), 'image/avif');
      const expanded = await render(file, 'image/avif');
      const [before = 0] = full.at(64, 64);
      expectNear(expanded.at(64, 64), [((before - 16) * 255) / 219], 2);
    });

    it('with alpha in limited range has it expanded', async () => {
      const full = await render(file, 'image/avif');
      const limited = await render(withRange(FULL, LIMITED), 'image/avif');
      let seen = 0;
      for (let i = 0; i < 128; i++) {
        const before = full.at(i, 64)[3] ?? 0;
        const expected = Math.min(255, Math.max(0, ((before - 16) * 255) / 219));
        expectNear(limited.at(i, 64).slice(3), [expected], 2);
        if (before > 30 && before < 220) seen++;
      }
      expect(seen).toBeGreaterThan(0);
    });
  });

  it('transparent pixels give no halo when a WebP is scaled down', async () => {
    const bytes = asset('lossy_alpha3.webp');
    const scaled = { width: 250, height: 77 };
    const variant = await render(bytes, 'image/webp', { scaled });
    const exact = await sharp(await sharp(bytes).png().toBuffer())
      .resize({ ...scaled, fit: 'fill' })
      .raw()
      .toBuffer();
    let worst = 0;
    for (let i = 0; i < scaled.width * scaled.height; i++) {
      const found = variant.at(i % scaled.width, Math.floor(i / scaled.width));
      const alpha = exact[i * 4 + 3] ?? 0;
      if (alpha < 40) continue;
      for (let c = 0; c < 3; c++) {
        const far = Math.abs((found[c] ?? 0) - (exact[i * 4 + c] ?? 0));
        worst = Math.max(worst, far);
      }
    }
    expect(worst).toBeLessThan(8);
  });

  it.each(['jpeg', 'webp', 'avif'] as const)(
    'small results keep fine colours: %s',
    async (format) => {
      const bytes = asset('grid.png');
      const variant = await render(bytes, 'image/png', { format });
      const original = await sharp(bytes).flatten({ background: 'white' }).raw().toBuffer();
      const shown = await sharp(variant.bytes).flatten({ background: 'white' }).raw().toBuffer();
      const far = shown.reduce((sum, value, i) => sum + Math.abs(value - (original[i] ?? 0)), 0);
      expect(far / original.length).toBeLessThan(30);
    },
  );
});
