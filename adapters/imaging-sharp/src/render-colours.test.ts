import type { MasterType } from '@auraimage/protocol';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import {
  BLUE,
  css,
  expectClose,
  expectFields,
  fields,
  flat,
  GREEN,
  GREY,
  made,
  pixel,
  RED,
} from './testing/variants.js';

const SIZE = { width: 40, height: 30 };

describe('colours', () => {
  const masters: Record<string, () => Promise<[Buffer, MasterType]>> = {
    'a JPEG': async () => [await fields(80, 60).jpeg({ quality: 95 }).toBuffer(), 'image/jpeg'],
    'a Display P3 JPEG': async () => [
      await (await flat(fields(80, 60))).withIccProfile('p3').jpeg({ quality: 95 }).toBuffer(),
      'image/jpeg',
    ],
    'a PNG of 16 bits': async () => [
      await (await flat(fields(80, 60))).toColourspace('rgb16').png().toBuffer(),
      'image/png',
    ],
    'a PNG with a palette': async () => [
      await fields(80, 60).png({ palette: true }).toBuffer(),
      'image/png',
    ],
    'a WebP': async () => [await fields(80, 60).webp({ quality: 95 }).toBuffer(), 'image/webp'],
    'an AVIF': async () => [
      await fields(80, 60).avif({ quality: 90, effort: 0 }).toBuffer(),
      'image/avif',
    ],
    'a TIFF': async () => [await fields(80, 60).tiff().toBuffer(), 'image/tiff'],
    'a GIF': async () => [await fields(80, 60).gif().toBuffer(), 'image/gif'],
  };

  describe.each(Object.entries(masters))('of %s', (_, make) => {
    it.each(['jpeg', 'webp', 'avif', 'png', 'gif'] as const)('are exact in %s', async (format) => {
      const file = await made(...(await make()), SIZE, { format });
      await expectFields(file);
    });
  });

  it('of a CMYK JPEG follow its profile', async () => {
    const inks = await flat(fields(80, 60));
    const file = await inks.withIccProfile('cmyk').jpeg({ quality: 95 }).toBuffer();
    // To ink and back is a longer way.
    await expectFields(await made(file, 'image/jpeg', SIZE), undefined, 35);
  });

  it('of grey pictures are grey', async () => {
    const grey = await (await flat(fields(80, 60))).toColourspace('b-w').png().toBuffer();
    for (const format of ['jpeg', 'webp', 'png'] as const) {
      const [red = 0, green = 0, blue = 0] = await pixel(
        await made(grey, 'image/png', SIZE, { format }),
        0.75,
        0.75,
      );
      expectClose([red, green, blue], [red, red, red], 2);
      expectClose([red], [128], 4);
    }
  });

  it('follow the profile', async () => {
    const create = { width: 20, height: 20, channels: 3, background: css([255, 0, 0]) } as const;
    const file = await sharp({ create }).withIccProfile('p3').png().toBuffer();
    const [red = 0, green = 0, blue = 0] = await sharp(file, { ignoreIcc: true }).raw().toBuffer();
    expectClose([red, green, blue], [234, 51, 35]);
    const variant = await made(file, 'image/png', { width: 10, height: 10 });
    expectClose(await pixel(variant, 0.5, 0.5), [255, 0, 0, 255], 3);
  });
});

describe('metadata', () => {
  it.each(['jpeg', 'webp', 'avif', 'png', 'gif'] as const)('is removed from %s', async (format) => {
    const file = await fields(80, 60)
      .withExif({ IFD0: { Copyright: 'somebody' }, IFD3: { GPSLatitude: '51/1 30/1 0/1' } })
      .withXmp('<x:xmpmeta xmlns:x="adobe:ns:meta/"/>')
      .withIccProfile('p3')
      .jpeg()
      .toBuffer();
    const before = await sharp(file).metadata();
    expect([before.exif, before.xmp, before.icc].map((part) => part !== undefined)).toEqual([
      true,
      true,
      true,
    ]);
    const after = await sharp(await made(file, 'image/jpeg', SIZE, { format })).metadata();
    expect([after.exif, after.xmp, after.icc, after.iptc]).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
    expect(after.orientation ?? 1).toBe(1);
  });

  it.each([
    [1, [RED, GREEN, BLUE, GREY]],
    [2, [GREEN, RED, GREY, BLUE]],
    [3, [GREY, BLUE, GREEN, RED]],
    [4, [BLUE, GREY, RED, GREEN]],
    [5, [RED, BLUE, GREEN, GREY]],
    [6, [BLUE, RED, GREY, GREEN]],
    [7, [GREY, GREEN, BLUE, RED]],
    [8, [GREEN, GREY, RED, BLUE]],
  ] as const)('orientation %i is applied', async (orientation, corners) => {
    const file = await fields(80, 60)
      .withMetadata({ orientation })
      .jpeg({ quality: 95 })
      .toBuffer();
    const scaled = orientation < 5 ? SIZE : { width: 30, height: 40 };
    const variant = await made(file, 'image/jpeg', scaled);
    expect(await sharp(variant).metadata()).toMatchObject(scaled);
    await expectFields(variant, corners);
  });
});
