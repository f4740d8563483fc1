import type { Region, RenderJob } from '@auraimage/ports';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { createSharpEngine } from './engine.js';
import {
  BLUE,
  css,
  expectClose,
  fields,
  GREEN,
  GREY,
  made,
  pixel,
  RED,
} from './testing/variants.js';

type Format = RenderJob['format'];

const SIZE = { width: 40, height: 30 };

describe('geometry', () => {
  const crop: Region = { left: 20, top: 15, width: 20, height: 15 };

  it('crops the scaled picture', async () => {
    const file = await fields(800, 600).jpeg({ quality: 95 }).toBuffer();
    const variant = await made(file, 'image/jpeg', SIZE, { crop });
    expect(await sharp(variant).metadata()).toMatchObject({ width: 20, height: 15 });
    expectClose(await pixel(variant, 0.5, 0.5), [...GREY, 255]);
  });

  it('crops the picture as shown', async () => {
    const file = await fields(80, 60)
      .withMetadata({ orientation: 6 })
      .jpeg({ quality: 95 })
      .toBuffer();
    const upper = { left: 0, top: 0, width: 15, height: 20 };
    const variant = await made(file, 'image/jpeg', { width: 30, height: 40 }, { crop: upper });
    expectClose(await pixel(variant, 0.5, 0.5), [...BLUE, 255]);
  });

  it.each([
    ['jpeg', [255, 255, 255, 255]],
    ['webp', [0, 0, 0, 0]],
    ['avif', [0, 0, 0, 0]],
    ['png', [0, 0, 0, 0]],
    ['gif', [0, 0, 0, 0]],
  ] as const)('puts it on the middle of a canvas in %s', async (format, ground) => {
    const file = await fields(80, 60).jpeg({ quality: 95 }).toBuffer();
    const canvas = { width: 61, height: 60 };
    const variant = await made(file, 'image/jpeg', SIZE, { format, canvas });
    expect(await sharp(variant).metadata()).toMatchObject(canvas);
    for (const [x, y] of [
      [0.05, 0.5],
      [0.95, 0.5],
      [0.5, 0.05],
      [0.5, 0.95],
    ] as const) {
      const found = await pixel(variant, x, y);
      expectClose(ground[3] === 0 ? found.slice(3) : found, ground[3] === 0 ? [0] : ground);
    }
    expectClose(await pixel(variant, 0.4, 0.4), [...RED, 255]);
    expectClose(await pixel(variant, 0.6, 0.6), [...GREY, 255]);
  });

  it('places a crop on a canvas', async () => {
    const file = await fields(80, 60).png().toBuffer();
    const canvas = { width: 20, height: 45 };
    const variant = await made(file, 'image/png', SIZE, { crop, canvas });
    expect(await sharp(variant).metadata()).toMatchObject(canvas);
    expect((await pixel(variant, 0.5, 0.1))[3]).toBe(0);
    expectClose(await pixel(variant, 0.5, 0.5), [...GREY, 255]);
  });

  it.each([
    [1, 1],
    [3000, 1],
    [1, 3000],
  ])('takes a master of %i × %i', async (width, height) => {
    const create = { width, height, channels: 3, background: css(BLUE) } as const;
    const file = await sharp({ create }).png().toBuffer();
    const scaled = { width: Math.ceil(width / 10), height: Math.ceil(height / 10) };
    for (const format of ['jpeg', 'webp', 'avif', 'png', 'gif'] as Format[]) {
      const variant = await made(file, 'image/png', scaled, { format });
      expect(await sharp(variant).metadata(), format).toMatchObject(scaled);
      expectClose(await pixel(variant, 0, 0), [...BLUE, 255]);
    }
  });
});

describe('alpha', () => {
  const veil = () =>
    sharp({
      create: { width: 80, height: 60, channels: 4, background: { ...css(RED), alpha: 0.5 } },
    })
      .png()
      .toBuffer();

  it.each(['webp', 'avif', 'png'] as const)('is kept in %s', async (format) => {
    const variant = await made(await veil(), 'image/png', SIZE, { format });
    expectClose(await pixel(variant, 0.5, 0.5), [...RED, 128]);
  });

  it('becomes white in JPEG', async () => {
    const variant = await made(await veil(), 'image/png', SIZE, { format: 'jpeg' });
    expectClose(await pixel(variant, 0.5, 0.5), [223, 158, 153, 255]);
  });
});

describe('an animation', () => {
  /** Five frames, red to blue, the first shown longest. */
  const COLOURS = [RED, GREEN, BLUE, GREY, RED];
  const DELAYS = [300, 100, 100, 100, 50];

  async function film(format: 'gif' | 'webp'): Promise<Buffer> {
    const frames = await Promise.all(
      COLOURS.map((colour) =>
        sharp({ create: { width: 40, height: 30, channels: 3, background: css(colour) } })
          .png()
          .toBuffer(),
      ),
    );
    const joined = sharp(frames, { join: { animated: true } });
    const timing = { delay: DELAYS, loop: 3 };
    return (
      format === 'gif' ? joined.gif(timing) : joined.webp({ ...timing, lossless: true })
    ).toBuffer();
  }

  const HALF = { width: 20, height: 15 };

  describe.each(['gif', 'webp'] as const)('that is a %s', (from) => {
    it.each(['gif', 'webp'] as const)('stays animated in %s', async (format) => {
      const variant = await made(await film(from), `image/${from}`, HALF, { format });
      expect(await sharp(variant).metadata()).toMatchObject({
        ...HALF,
        pages: COLOURS.length,
        delay: DELAYS,
        loop: 3,
      });
      for (const [page, colour] of COLOURS.entries()) {
        const frame = await sharp(variant, { page }).png().toBuffer();
        expectClose(await pixel(frame, 0.5, 0.5), [...colour, 255]);
      }
    });

    it('is cropped and placed on a canvas in every frame', async () => {
      const crop = { left: 5, top: 5, width: 10, height: 5 };
      const job = { format: 'webp', crop, canvas: { width: 20, height: 9 } } as const;
      const variant = await made(await film(from), `image/${from}`, HALF, job);
      const size = { width: 20, height: 9, pages: COLOURS.length };
      expect(await sharp(variant).metadata()).toMatchObject(size);
      for (const [page, colour] of COLOURS.entries()) {
        const frame = await sharp(variant, { page }).png().toBuffer();
        expectClose(await pixel(frame, 0.5, 0.5), [...colour, 255]);
        expect((await pixel(frame, 0.05, 0.5))[3]).toBe(0);
      }
    });

    it.each(['jpeg', 'avif', 'png'] as const)('becomes its first frame in %s', async (format) => {
      const variant = await made(await film(from), `image/${from}`, HALF, { format });
      const { pages = 1, width, height } = await sharp(variant).metadata();
      expect({ pages, width, height }).toEqual({ pages: 1, ...HALF });
      expectClose(await pixel(variant, 0.5, 0.5), [...RED, 255]);
    });
  });
});

describe('quality', () => {
  it.each(['jpeg', 'webp', 'avif'] as const)('determines the size of %s', async (format) => {
    const noise = { mean: 128, sigma: 60, type: 'gaussian' } as const;
    const file = await sharp({
      create: { width: 80, height: 60, channels: 3, background: 'grey', noise },
    })
      .png()
      .toBuffer();
    const sizes = [];
    for (const quality of [5, 50, 95]) {
      sizes.push((await made(file, 'image/png', SIZE, { format, quality })).length);
    }
    expect(sizes).toEqual(sizes.toSorted((a, b) => a - b));
    expect(new Set(sizes).size).toBe(3);
  });
});

describe('limits', () => {
  it('apply to masters that were uploaded under others', async () => {
    const strict = createSharpEngine({ maxPixels: 80 * 60 - 1 });
    try {
      const bytes = new Uint8Array(await fields(80, 60).png().toBuffer());
      const body = { length: bytes.length, bytes, stream: () => new Blob([bytes]).stream() };
      const job: RenderJob = {
        type: 'image/png',
        scaled: SIZE,
        format: 'webp',
        quality: 80,
        effort: 'fast',
      };
      const { signal } = new AbortController();
      const refused = await strict.render(body, job, { signal });
      const reason = 'open: too many pixels or frames';
      expect(refused).toEqual({ ok: false, code: 'render_failed', reason });
    } finally {
      await strict.close();
    }
  });
});
