import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RenderJob, Watermark } from '@auraimage/ports';
import type { MasterType } from '@auraimage/protocol';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import {
  BLUE,
  bodyOf,
  css,
  expectClose,
  fields,
  GREEN,
  GREY,
  made,
  pixel,
  RED,
  type Rgb,
  render,
} from './testing/variants.js';

const SIZE = { width: 40, height: 30 };
const CENTRE = { x: 0.5, y: 0.5 };
/** Half opaque black, as a browser shows it. */
const shaded = (colour: Rgb) => colour.map((value) => value / 2);

function flat(width: number, height: number, colour: Rgb, alpha?: number) {
  const channels = alpha === undefined ? 3 : 4;
  const background = alpha === undefined ? css(colour) : { ...css(colour), alpha };
  return sharp({ create: { width, height, channels, background } });
}

function mark(file: Buffer, options: Partial<Omit<Watermark, 'body'>> = {}): Watermark {
  const usual = { type: 'image/png', pixels: 0, scale: 0.5, at: CENTRE, opacity: 1, tile: false };
  return { ...usual, body: bodyOf(file), ...options } as Watermark;
}

/** A master of four fields, its variant without a watermark, and the one with it, both lossless. */
async function pair(watermark: Watermark, job: Partial<RenderJob> = {}) {
  const file = await fields(80, 60).png().toBuffer();
  const [plain, marked] = [
    await made(file, 'image/png', SIZE, job),
    await made(file, 'image/png', SIZE, { ...job, watermark }),
  ];
  const pixels = async (variant: Buffer) => sharp(variant).ensureAlpha().raw().toBuffer();
  return { plain, marked, before: await pixels(plain), after: await pixels(marked) };
}

describe('a watermark', () => {
  it.each([
    ['the middle', CENTRE, { left: 10, top: 10 }],
    ['the upper left corner', { x: 0, y: 0 }, { left: 0, top: 0 }],
    ['the right side', { x: 1, y: 0.5 }, { left: 20, top: 10 }],
    ['the lower left corner', { x: 0, y: 1 }, { left: 0, top: 20 }],
    ['the lower right corner', { x: 1, y: 1 }, { left: 20, top: 20 }],
  ])('covers its rectangle at %s, and changes no other pixel', async (_, at, { left, top }) => {
    const file = await flat(200, 100, [0, 0, 0], 1).png().toBuffer();
    const { before, after } = await pair(mark(file, { at }));
    for (let i = 0; i < 40 * 30; i++) {
      const [x, y] = [i % 40, Math.floor(i / 40)];
      const isCovered = x >= left && x < left + 20 && y >= top && y < top + 10;
      const expected = isCovered ? [0, 0, 0, 255] : [...before.subarray(i * 4, i * 4 + 4)];
      expect([...after.subarray(i * 4, i * 4 + 4)], `${x}, ${y}`).toEqual(expected);
    }
  });

  it.each([
    ['its opacity', 1, 0.5],
    ['its alpha', 0.5, 1],
  ])('is mixed with the picture by %s', async (_, alpha, opacity) => {
    const file = await flat(40, 30, [0, 0, 0], alpha).png().toBuffer();
    const { marked } = await pair(mark(file, { scale: 1, opacity }));
    for (const [colour, x, y] of [
      [RED, 0.1, 0.1],
      [GREEN, 0.9, 0.1],
      [BLUE, 0.1, 0.9],
      [GREY, 0.9, 0.9],
    ] as const) {
      expectClose(await pixel(marked, x, y), [...shaded(colour), 255], 1);
    }
  });

  it('of which nothing is visible changes nothing', async () => {
    const file = await flat(40, 30, [0, 0, 0], 1).png().toBuffer();
    const { plain, marked } = await pair(mark(file, { opacity: 0 }));
    expect(marked).toEqual(plain);
  });

  it('makes a transparent picture opaque where it is, in its own colours', async () => {
    const clear = await flat(40, 30, [255, 0, 0], 0).png().toBuffer();
    const file = await flat(40, 30, GREEN, 0.5).png().toBuffer();
    const watermark = mark(file, { at: { x: 0, y: 0 } });
    const variant = await made(clear, 'image/png', SIZE, { watermark });
    expectClose(await pixel(variant, 0.1, 0.1), [...GREEN, 128], 1);
    expect((await pixel(variant, 0.9, 0.9))[3]).toBe(0);
  });

  it('is repeated to all sides, from its place', async () => {
    const half = await flat(10, 10, [0, 0, 0], 1)
      .extend({ right: 10, background: { r: 0, g: 0, b: 0, alpha: 0 } })
      .png()
      .toBuffer();
    const { before, after } = await pair(
      mark(half, { tile: true, scale: 0.5, at: { x: 0.25, y: 0 } }),
    );
    for (let i = 0; i < 40 * 30; i++) {
      const column = (i % 40) - 5; // a quarter of the free 20 pixels
      const inside = (column + 20) % 20;
      // Scaling blurs the border between the halves.
      if ([0, 1, 8, 9, 10, 11, 18, 19].includes(inside)) continue;
      const expected = inside < 10 ? [0, 0, 0, 255] : [...before.subarray(i * 4, i * 4 + 4)];
      expect([...after.subarray(i * 4, i * 4 + 4)], `${i % 40}`).toEqual(expected);
    }
  });

  it.each([
    ['wide', 400, 10, [20, 1]],
    ['high', 10, 400, [1, 30]],
    ['large', 4000, 3000, [20, 15]],
    ['small', 2, 1, [20, 10]],
  ] as const)(
    'that is %s keeps its proportions, inside the picture',
    async (_, w, h, [width, height]) => {
      const file = await flat(w, h, [0, 0, 0], 1).png().toBuffer();
      const { before, after } = await pair(mark(file, { at: { x: 0, y: 0 } }));
      const changed = Array.from({ length: 40 * 30 }, (_, i) => i).filter(
        (i) => before.compare(after, i * 4, i * 4 + 4, i * 4, i * 4 + 4) !== 0,
      );
      expect(Math.max(...changed.map((i) => i % 40)) + 1).toBe(width);
      expect(Math.max(...changed.map((i) => Math.floor(i / 40))) + 1).toBe(height);
      expect(changed).toHaveLength(width * height);
    },
  );

  it('is shown in its own colours, whatever their space', async () => {
    const files: [MasterType, Buffer][] = [
      ['image/jpeg', await flat(60, 60, GREEN).jpeg({ quality: 95 }).toBuffer()],
      ['image/png', await flat(60, 60, GREEN).withIccProfile('p3').png().toBuffer()],
      ['image/webp', await flat(60, 60, GREEN).webp({ lossless: true }).toBuffer()],
      ['image/tiff', await flat(60, 60, GREEN).tiff().toBuffer()],
    ];
    for (const [type, file] of files) {
      const { marked } = await pair(mark(file, { type, scale: 1 }));
      expectClose(await pixel(marked, 0.5, 0.5), [...GREEN, 255], 3);
    }
  });

  it('has colours on a picture without any', async () => {
    const file = await sharp({
      create: { width: 80, height: 60, channels: 3, background: css(GREY) },
    })
      .toColourspace('b-w')
      .png()
      .toBuffer();
    const watermark = mark(await flat(10, 10, GREEN).png().toBuffer(), { at: { x: 0, y: 0 } });
    const variant = await made(file, 'image/png', SIZE, { watermark });
    expectClose(await pixel(variant, 0.1, 0.1), [...GREEN, 255], 1);
    expectClose(await pixel(variant, 0.9, 0.9), [...GREY, 255], 1);
  });

  it.each(['jpeg', 'webp', 'avif', 'gif'] as const)(
    'is drawn over a crop in %s',
    async (format) => {
      const file = await flat(10, 10, GREEN).png().toBuffer();
      const crop = { left: 20, top: 15, width: 20, height: 15 };
      const { marked } = await pair(mark(file, { at: { x: 1, y: 1 } }), { format, crop });
      expectClose(await pixel(marked, 0.8, 0.8), [...GREEN, 255]);
      expectClose(await pixel(marked, 0.1, 0.1), [...GREY, 255]);
    },
  );

  it('is placed on the canvas', async () => {
    const file = await flat(10, 5, GREEN).png().toBuffer();
    const canvas = { width: 40, height: 60 };
    const { marked } = await pair(mark(file, { at: { x: 0, y: 0 } }), { canvas });
    expectClose(await pixel(marked, 0.1, 0.05), [...GREEN, 255]);
    expect((await pixel(marked, 0.9, 0.05))[3]).toBe(0);
  });

  it.each(['webp', 'gif'] as const)('is on every frame of a %s', async (format) => {
    const frames = await Promise.all(
      [RED, GREEN, BLUE].map((colour) => flat(40, 30, colour).png().toBuffer()),
    );
    const film = await sharp(frames, { join: { animated: true } })
      .gif({ delay: [100, 100, 100] })
      .toBuffer();
    const watermark = mark(await flat(10, 10, GREY).png().toBuffer(), { at: { x: 1, y: 1 } });
    const variant = await made(film, 'image/gif', SIZE, { format, watermark });
    expect((await sharp(variant).metadata()).pages).toBe(3);
    for (const [page, colour] of [RED, GREEN, BLUE].entries()) {
      const frame = await sharp(variant, { page }).png().toBuffer();
      expectClose(await pixel(frame, 0.1, 0.1), [...colour, 255]);
      expectClose(await pixel(frame, 0.8, 0.8), [...GREY, 255]);
    }
  });

  it('takes the first frame of an animation', async () => {
    const frames = await Promise.all(
      [GREEN, BLUE].map((colour) => flat(20, 20, colour).png().toBuffer()),
    );
    const film = await sharp(frames, { join: { animated: true } })
      .gif()
      .toBuffer();
    const { marked } = await pair(mark(film, { type: 'image/gif' }));
    expectClose(await pixel(marked, 0.5, 0.5), [...GREEN, 255]);
  });

  it('that cannot be decoded fails the job, which says nothing about the master', async () => {
    const png = await fields(400, 400).png().toBuffer();
    const file = await fields(80, 60).png().toBuffer();
    for (const broken of [
      mark(Buffer.from('no image')),
      mark(png.subarray(0, png.length / 2)),
      mark(png, { type: 'image/jpeg' }),
    ]) {
      const result = await render(file, 'image/png', SIZE, { watermark: broken });
      const reason = expect.stringMatching(/^watermark: \S/);
      expect(result).toEqual({ ok: false, code: 'render_failed', reason });
    }
  });

  it('whose file is gone rejects', async () => {
    const path = join(tmpdir(), 'no-such-watermark.jpg');
    const body = { ...bodyOf(Buffer.from('x')), file: { path, start: 0, length: 1 } };
    const file = await fields(80, 60).png().toBuffer();
    const watermark = { ...mark(Buffer.from('x'), { type: 'image/jpeg' }), body };
    await expect(render(file, 'image/png', SIZE, { watermark })).rejects.toThrow('ENOENT');
  });
});
