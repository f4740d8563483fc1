import type { Orientation, RenderJob } from '@auraimage/ports';
import sharp, { type Sharp } from 'sharp';
import { describe, expect, it } from 'vitest';
import {
  BLUE,
  borderOf,
  css,
  expectClose,
  expectFields,
  fields,
  flat,
  GREEN,
  GREY,
  inspected,
  made,
  pixel,
  RED,
  type Rgb,
} from './testing/variants.js';

const HALF = { width: 60, height: 40 };

async function size(file: Buffer) {
  const { width, height, pages, pageHeight } = await sharp(file).metadata();
  return { width, height: pageHeight ?? height, pages: pages ?? 1 };
}

/** Two frames: the fields, and the fields upside down. */
async function moving(width: number, height: number): Promise<Buffer> {
  const frames = [
    fields(width, height),
    sharp(await fields(width, height).png().toBuffer()).flip(),
  ];
  const data = await Promise.all(frames.map((frame) => frame.ensureAlpha().raw().toBuffer()));
  const raw = { width, height: height * 2, channels: 4, pageHeight: height } as const;
  return sharp(Buffer.concat(data), { raw })
    .webp({ lossless: true, delay: [90, 90] })
    .toBuffer();
}

/** A frame of an animation as a PNG. */
function frame(file: Buffer, page: number): Promise<Buffer> {
  return sharp(file, { page }).png().toBuffer();
}

function clear(colour: Rgb, alpha: number): Sharp {
  const background = { ...css(colour), alpha };
  return sharp({ create: { width: 120, height: 80, channels: 4, background } });
}

describe('orientation', () => {
  /** Colours of the corners as shown: upper left, upper right, lower left, lower right. */
  const SHOWN: readonly [Orientation, readonly Rgb[]][] = [
    [2, [GREEN, RED, GREY, BLUE]],
    [3, [GREY, BLUE, GREEN, RED]],
    [4, [BLUE, GREY, RED, GREEN]],
    [5, [RED, BLUE, GREEN, GREY]],
    [6, [BLUE, RED, GREY, GREEN]],
    [7, [GREY, GREEN, BLUE, RED]],
    [8, [GREEN, GREY, RED, BLUE]],
  ];
  it.each(SHOWN)(
    '%i mirrors and rotates like EXIF, in every frame',
    async (orientation, corners) => {
      const still = await fields(120, 80).jpeg({ quality: 95 }).toBuffer();
      const turned = orientation > 4 ? { width: 40, height: 60 } : HALF;
      const variant = await made(still, 'image/jpeg', HALF, { orientation });
      expect(await size(variant)).toEqual({ ...turned, pages: 1 });
      await expectFields(variant, corners);
      // The file's own orientation comes before.
      const tagged = await sharp(await sharp(still).rotate(270).toBuffer())
        .withMetadata({ orientation: 6 })
        .jpeg({ quality: 95 })
        .toBuffer();
      await expectFields(await made(tagged, 'image/jpeg', HALF, { orientation }), corners);
      const animation = await made(await moving(120, 80), 'image/webp', HALF, {
        orientation,
        format: 'webp',
      });
      expect(await size(animation)).toEqual({ ...turned, pages: 2 });
      await expectFields(await frame(animation, 0), corners, 20);
    },
  );

  it('comes after the crop, and before the canvas', async () => {
    const file = await fields(120, 80).png().toBuffer();
    const job = {
      crop: { left: 0, top: 0, width: 30, height: 20 },
      orientation: 6,
      canvas: { width: 40, height: 50 },
    } as const;
    const variant = await made(file, 'image/png', HALF, job);
    expect(await size(variant)).toMatchObject(job.canvas);
    expectClose(await pixel(variant, 0.5, 0.5), [...RED, 255]);
    expect((await pixel(variant, 0.1, 0.5))[3]).toBe(0);
    expect((await pixel(variant, 0.5, 0.15))[3]).toBe(0);
    expect((await pixel(variant, 0.3, 0.25))[3]).toBe(255);
  });
});

describe('gray', () => {
  it('takes the colours out as CSS does, in every frame, and keeps alpha', async () => {
    const grey = ([r, g, b]: Rgb) => {
      const luma = 0.2126 * r + 0.7152 * g + 0.0722 * b;
      return [luma, luma, luma] as const;
    };
    const corners = [RED, GREEN, BLUE, GREY].map(grey);
    const file = await fields(120, 80).png().toBuffer();
    await expectFields(await made(file, 'image/png', HALF, { gray: true }), corners, 1);
    const job = { gray: true, format: 'webp' } as const;
    const animation = await made(await moving(120, 80), 'image/webp', HALF, job);
    await expectFields(await frame(animation, 0), corners);
    const half = await made(await clear(RED, 0.5).png().toBuffer(), 'image/png', HALF, {
      gray: true,
    });
    expectClose(await pixel(half, 0.5, 0.5), [...grey(RED), 128], 1);
  });

  it('does nothing to a gray picture of 16 bits', async () => {
    const file = await sharp(
      Uint16Array.from({ length: 400 }, () => 100 * 257),
      {
        raw: { width: 20, height: 20, channels: 1 },
      },
    )
      .toColourspace('grey16')
      .png()
      .toBuffer();
    const variant = await made(file, 'image/png', { width: 10, height: 10 }, { gray: true });
    expectClose(await pixel(variant, 0.5, 0.5), [100, 100, 100, 255], 1);
  });
});

describe('sharpen', () => {
  /** Largest difference of neighbours in a row. */
  async function steepness(file: Buffer): Promise<number> {
    const { data, info } = await sharp(file)
      .toColourspace('b-w')
      .raw()
      .toBuffer({ resolveWithObject: true });
    const steps = Array.from(data, (value, at) =>
      at % info.width === 0 ? 0 : Math.abs(value - (data[at - 1] ?? 0)),
    );
    return Math.max(...steps);
  }
  /** A soft edge. */
  const soft = async () => sharp(await fields(120, 80).png().toBuffer()).blur(4);

  it('sharpens more, the stronger it is, and leaves fields of one colour', async () => {
    const file = await (await soft()).png().toBuffer();
    const [none, some, more] = await Promise.all(
      [undefined, 1, 4].map((sharpen) =>
        made(file, 'image/png', HALF, sharpen === undefined ? {} : { sharpen }),
      ),
    );
    if (!none || !some || !more) throw new Error('no variant');
    expect(await steepness(some)).toBeGreaterThan(1.1 * (await steepness(none)));
    expect(await steepness(more)).toBeGreaterThan(await steepness(some));
    await expectFields(more, undefined, 3);
  });

  it('sharpens each frame alone', async () => {
    const file = await moving(120, 80);
    const job = { sharpen: 10, format: 'gif' } as const;
    const animation = await made(file, 'image/webp', { width: 120, height: 80 }, job);
    expect(await size(animation)).toEqual({ width: 120, height: 80, pages: 2 });
    // The last row lies above a first row of the same colours: of others, it would get a halo.
    for (const page of [0, 1]) {
      const corners = page === 0 ? [RED, GREEN, BLUE, GREY] : [BLUE, GREY, RED, GREEN];
      await expectFields(await frame(animation, page), corners);
      expectClose(await pixel(await frame(animation, page), 0.25, 0.999), [
        ...(corners[2] ?? RED),
        255,
      ]);
    }
  });
});

describe('a background', () => {
  const ALL = ['png', 'webp', 'avif', 'jpeg'] as const;
  const half = () => clear(RED, 0.5).png().toBuffer();

  it.each(ALL)('is under transparent parts of %s, which then has no alpha', async (format) => {
    const job = { format, background: '00ff00' } satisfies Partial<RenderJob>;
    const variant = await made(await half(), 'image/png', HALF, job);
    expectClose(await pixel(variant, 0.5, 0.5), [95, 158, 25, 255]);
    const found = await inspected(variant, `image/${format}`);
    expect(found).toMatchObject({ hasAlpha: false });
  });

  it.each(ALL)('is around a picture of %s', async (format) => {
    const file = await fields(120, 80).png().toBuffer();
    const job = { format, background: 'ff8000', canvas: { width: 100, height: 40 } } as const;
    const variant = await made(file, 'image/png', HALF, job);
    expectClose(await pixel(variant, 0.05, 0.5), [255, 128, 0, 255]);
    expectClose(await pixel(variant, 0.95, 0.5), [255, 128, 0, 255]);
    expectClose(await pixel(variant, 0.3, 0.25), [...RED, 255], 16);
  });

  it('may be transparent itself, and is on white where the format has no alpha', async () => {
    const job = { background: '0000ff80', canvas: { width: 100, height: 40 } } as const;
    const variant = await made(await half(), 'image/png', HALF, job);
    expectClose(await pixel(variant, 0.05, 0.5), [0, 0, 255, 128], 1);
    // Half red over half blue: three quarters of the light are theirs.
    expectClose(await pixel(variant, 0.5, 0.5), [127, 40, 118, 192], 2);
    const opaque = await made(await half(), 'image/png', HALF, { ...job, format: 'jpeg' });
    expectClose(await pixel(opaque, 0.05, 0.5), [127, 127, 255, 255]);
  });

  it('keeps its colour beside `gray`, and is in every frame', async () => {
    const job = {
      gray: true,
      background: 'ff0000',
      format: 'gif',
      canvas: { width: 100, height: 40 },
    } as const;
    const animation = await made(await moving(120, 80), 'image/webp', HALF, job);
    for (const page of [0, 1]) {
      expectClose(await pixel(await frame(animation, page), 0.05, 0.5), [255, 0, 0, 255]);
      const [red, green] = await pixel(await frame(animation, page), 0.3, 0.25);
      expect(red).toBe(green);
    }
  });
});

describe('trim', () => {
  /** The fields inside a border: 30 pixels left, 20 right, 10 above, 40 below. */
  const framed = async (background: string | { r: number; g: number; b: number; alpha: number }) =>
    (await flat(fields(120, 80))).extend({ left: 30, right: 20, top: 10, bottom: 40, background });
  const INSIDE = { left: 30, top: 10, width: 120, height: 80 };

  it.each([
    ['a white border', framed('white')],
    ['a transparent border', framed({ r: 9, g: 9, b: 9, alpha: 0 })],
  ])('finds %s', async (_, picture) => {
    const file = await (await picture).png().toBuffer();
    expect(await borderOf(file, 'image/png')).toEqual(INSIDE);
    const variant = await made(file, 'image/png', HALF, { trim: INSIDE });
    expect(await size(variant)).toMatchObject(HALF);
    await expectFields(variant, undefined, 1);
    expectClose(await pixel(variant, 0, 0), [...RED, 255], 1);
  });

  it('finds it in a picture as it is shown', async () => {
    const shown = await (await framed('white'))
      .jpeg({ quality: 100, chromaSubsampling: '4:4:4' })
      .toBuffer();
    const stored = sharp(shown).rotate(270).jpeg({ quality: 100, chromaSubsampling: '4:4:4' });
    const file = await stored.withMetadata({ orientation: 6 }).toBuffer();
    expect(await borderOf(file, 'image/jpeg', 30)).toEqual(INSIDE);
    const crop = { left: 30, top: 0, width: 30, height: 20 };
    const variant = await made(file, 'image/jpeg', HALF, { trim: INSIDE, crop });
    expectClose(await pixel(variant, 0.5, 0.5), [...GREEN, 255]);
  });

  it('takes colours as far as the tolerance for one', async () => {
    const grey = (width: number, height: number, value: number) =>
      sharp({ create: { width, height, channels: 3, background: css([value, value, value]) } });
    const input = await grey(8, 4, 200).png().toBuffer();
    const file = await grey(20, 20, 210)
      .composite([{ input, left: 4, top: 5 }])
      .png()
      .toBuffer();
    expect(await borderOf(file, 'image/png', 9)).toEqual({ left: 4, top: 5, width: 8, height: 4 });
    expect(await borderOf(file, 'image/png', 10)).toBeNull();
  });

  it('finds none in a picture without a border, of one colour, of one pixel, or broken', async () => {
    const one = (width: number) =>
      sharp({ create: { width, height: 1, channels: 3, background: 'red' } })
        .png()
        .toBuffer();
    const file = await fields(120, 80).png().toBuffer();
    for (const none of [file, await one(9), await one(1), file.subarray(0, 60)]) {
      expect(await borderOf(none, 'image/png')).toBeNull();
    }
  });

  it('finds it in 16 bits and in Display P3', async () => {
    const deep = await (await framed('white')).toColourspace('rgb16').png().toBuffer();
    expect(await borderOf(deep, 'image/png')).toEqual(INSIDE);
    const wide = await (await framed('white')).withIccProfile('p3').png().toBuffer();
    expect(await borderOf(wide, 'image/png')).toEqual(INSIDE);
  });
});
