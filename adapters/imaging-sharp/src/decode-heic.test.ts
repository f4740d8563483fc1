import { readFile } from 'node:fs/promises';
import { removeMetadata } from '@auraimage/image-files';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { decodeHeic, readHeicHeader } from './decode-heic.js';
import { toDisplay } from './to-display.js';

/** Pictures of `drawing` in tests/files/pictures.ts. */
const asset = (name: string) =>
  readFile(new URL(`../../../tests/files/assets/heic-${name}.heic`, import.meta.url));

/** Red, green and blue of the drawing at a place. */
const drawn = (x: number, y: number) => [(x * 4 + y) & 255, (y * 5) & 255, ((x ^ y) * 7) & 255];

type Colour = (x: number, y: number) => readonly number[];

/** How far the colours are from those expected, on average; pixels that are nearly clear left out. */
async function distance(bytes: Uint8Array, expected: Colour = drawn): Promise<number> {
  const { data: stored, width, height, coding } = await decodeHeic(bytes);
  const image = sharp(stored, { raw: { width, height, channels: 4 } });
  const data = coding ? await (await toDisplay(image, coding)).raw().toBuffer() : stored;
  expect(data).toHaveLength(width * height * 4);
  let [sum, count] = [0, 0];
  for (let i = 0; i < width * height; i++) {
    if ((data[i * 4 + 3] ?? 0) < 100) continue;
    for (const [channel, value] of expected(i % width, Math.floor(i / width)).entries()) {
      sum += Math.abs((data[i * 4 + channel] ?? 0) - value);
      count++;
    }
  }
  return sum / count;
}

describe('readHeicHeader', () => {
  it.each([
    ['plain', 64, 48],
    ['alpha', 64, 48],
    ['ten', 64, 48],
    ['turned', 96, 128],
  ])('tells the size of %s as shown', async (name, width, height) => {
    const bytes = await asset(name);
    expect(readHeicHeader(bytes)).toEqual({ width, height });
    const picture = await decodeHeic(bytes);
    expect([picture.width, picture.height]).toEqual([width, height]);
  });

  it('reads no pixels', async () => {
    const bytes = await asset('plain');
    const pixels = bytes.indexOf('mdat') + 4;
    expect(readHeicHeader(bytes.fill(0, pixels))).toEqual({ width: 64, height: 48 });
    await expect(decodeHeic(bytes)).rejects.toThrow();
  });

  it('returns a size too large to decode', async () => {
    const bytes = await asset('turned');
    const at = bytes.indexOf('ispe') + 8;
    bytes.writeUInt32BE(65_535, at);
    bytes.writeUInt32BE(65_535, at + 4);
    expect(readHeicHeader(bytes)).toEqual({ width: 65_535, height: 65_535 });
  });

  it('returns null for other bytes', async () => {
    const whole = await asset('plain');
    for (const length of [0, 3, 40, 300]) {
      expect(readHeicHeader(whole.subarray(0, length))).toBeNull();
    }
    expect(readHeicHeader(Buffer.from('GIF89a'))).toBeNull();
    expect(readHeicHeader(await asset('plain'))).not.toBeNull();
  });
});

describe('decodeHeic', () => {
  it.each(['plain', 'ten', 'alpha', 'premultiplied'])('decodes the colours of %s', async (name) => {
    expect(await distance(await asset(name))).toBeLessThan(8);
  });

  it.each(['alpha', 'premultiplied'])('decodes the alpha of %s', async (name) => {
    const { data } = await decodeHeic(await asset(name));
    for (const x of [0, 20, 40, 63]) {
      const alpha = data[(20 * 64 + x) * 4 + 3] ?? 0;
      expect(Math.abs(alpha - (x * 255) / 64)).toBeLessThan(10);
    }
  });

  it('rotates a picture once', async () => {
    const stored: Colour = (x, y) => drawn(y, 95 - x);
    expect(await distance(await asset('turned'), stored)).toBeLessThan(8);
  });

  describe('of a picture in Display P3', () => {
    it('converts the colours to sRGB by its ICC profile', async () => {
      expect(await distance(await asset('p3'))).toBeLessThan(3);
    });

    it('converts the colours to sRGB by its nclx primaries', async () => {
      const bytes = await asset('p3');
      // ISO/IEC 14496-12 §12.1.5: primaries 12, transfer 13, matrix 6, full range.
      const at = bytes.indexOf('prof');
      bytes.write('nclx', at);
      bytes.set([0, 12, 0, 13, 0, 6, 0x80], at + 4);
      expect(await distance(bytes)).toBeLessThan(3);
    });

    it('assumes sRGB without a profile', async () => {
      const bytes = await asset('p3');
      bytes.write('free', bytes.indexOf('colr'));
      expect(await distance(bytes)).toBeGreaterThan(8);
    });

    it('assumes sRGB for an invalid profile', async () => {
      const bytes = await asset('p3');
      const at = bytes.indexOf('prof') + 4;
      bytes.fill(0xee, at, at + 400);
      expect(await distance(bytes)).toBeGreaterThan(8);
    });
  });

  it('rejects for half a file, and decodes the next', async () => {
    const bytes = await asset('turned');
    await expect(decodeHeic(bytes.subarray(0, bytes.length / 2))).rejects.toThrow('libheif');
    await expect(decodeHeic(Buffer.alloc(100))).rejects.toThrow('libheif');
    expect(await distance(await asset('plain'))).toBeLessThan(8);
  });
});

describe('a HEIC without its metadata', () => {
  it('is the same picture', async () => {
    const secret = '52.5200N13.4050E';
    const file = await asset('turned');
    const box = Buffer.concat([Buffer.alloc(4), Buffer.from(`uuid${secret}`)]);
    box.writeUInt32BE(box.length);
    const stripped = removeMetadata(Buffer.concat([file, box]), 'image/heic') ?? Buffer.alloc(0);
    expect(Buffer.from(stripped).includes(secret)).toBe(false);
    expect(await decodeHeic(stripped)).toEqual(await decodeHeic(file));
  });
});
