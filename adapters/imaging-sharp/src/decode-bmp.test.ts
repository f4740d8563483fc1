import { describe, expect, it } from 'vitest';
import { decodeBmp, readBmpHeader } from './decode-bmp.js';

interface Bitmap {
  readonly width: number;
  readonly height: number;
  readonly depth?: number;
  readonly compression?: number;
  readonly palette?: readonly number[];
  readonly pixels: string;
}

/** A file with a header of Windows 3.0. Colours are blue, green, red; a row fills up four bytes. */
function bitmap({ width, height, depth = 24, compression = 0, palette = [], pixels }: Bitmap) {
  const head = Buffer.alloc(54);
  head.write('BM');
  head.writeUInt32LE(54 + palette.length * 4, 10);
  head.writeUInt32LE(40, 14);
  head.writeInt32LE(width, 18);
  head.writeInt32LE(height, 22);
  head.writeUInt16LE(1, 26);
  head.writeUInt16LE(depth, 28);
  head.writeUInt32LE(compression, 30);
  head.writeUInt32LE(palette.length, 46);
  const colours = Buffer.alloc(palette.length * 4);
  for (const [index, colour] of palette.entries()) colours.writeUInt32LE(colour, index * 4);
  return Buffer.concat([head, colours, Buffer.from(pixels, 'hex')]);
}

/** A file with the header of OS/2 1.0: sizes of 16 bits. */
function coreBitmap(width: number, height: number, pixels: string) {
  const head = Buffer.alloc(26);
  head.write('BM');
  head.writeUInt32LE(26, 10);
  head.writeUInt32LE(12, 14);
  head.writeUInt16LE(width, 18);
  head.writeUInt16LE(height, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt16LE(24, 24);
  return Buffer.concat([head, Buffer.from(pixels, 'hex')]);
}

const RED_ROW = '0000ff0000ff0000';
const BLUE_ROW = 'ff0000ff00000000';
const shown = async (bytes: Uint8Array) =>
  Buffer.from((await decodeBmp(bytes)).data).toString('hex');
const red = 'ff0000ff';
const blue = '0000ffff';

describe('decodeBmp', () => {
  it('starts with the last row of a file', async () => {
    const file = bitmap({ width: 2, height: 2, pixels: BLUE_ROW + RED_ROW });
    expect(await shown(file)).toBe(red + red + blue + blue);
    expect(await shown(coreBitmap(2, 2, BLUE_ROW + RED_ROW))).toBe(red + red + blue + blue);
  });

  it('starts with the first row for a negative height', async () => {
    const file = bitmap({ width: 2, height: -2, pixels: BLUE_ROW + RED_ROW });
    expect(await shown(file)).toBe(blue + blue + red + red);
  });

  it('ignores the fourth byte of 32 bits', async () => {
    const file = bitmap({ width: 2, height: 1, depth: 32, pixels: '0000ff00ff000009' });
    expect(await shown(file)).toBe(red + blue);
  });

  it.each([
    ['that end with the picture', '0201000002000001'],
    ['that end with the last row, then with the picture', '02010000020000000001'],
    ['with bytes behind', '020100000200000000010000'],
  ])('unpacks runs of a palette %s', async (_, pixels) => {
    const palette = [0xff0000, 0x0000ff];
    const rle = { width: 2, height: 2, depth: 8, compression: 1, palette };
    const file = bitmap({ ...rle, pixels });
    expect(await shown(file)).toBe(red + red + blue + blue);
  });

  it.each([
    ['of which half is missing', bitmap({ width: 2, height: 2, pixels: BLUE_ROW })],
    ['without pixels', bitmap({ width: 2, height: 2, pixels: '' })],
    ['that is no BMP', Buffer.from('GIF89a'.padEnd(100))],
    [
      'of more pixels than bytes can be counted',
      bitmap({ width: 65_536, height: 65_537, pixels: '00' }),
    ],
  ])('rejects for a file %s', async (_, file) => {
    await expect(decodeBmp(file)).rejects.toThrow();
    expect(await shown(bitmap({ width: 1, height: 1, pixels: '0000ff00' }))).toBe(red);
  });
});

describe('readBmpHeader', () => {
  it.each([
    [3, 2, { width: 3, height: 2 }],
    [3, -2, { width: 3, height: 2 }],
    [65_535, 65_535, { width: 65_535, height: 65_535 }],
    [1, -(2 ** 31), { width: 1, height: 2 ** 31 }],
    [0, 2, null],
    [3, 0, null],
    [-3, 2, null],
  ])('reads %d × %d', (width, height, expected) => {
    expect(readBmpHeader(bitmap({ width, height, pixels: '' }))).toEqual(expected);
  });

  it('reads a header of OS/2 1.0', () => {
    expect(readBmpHeader(coreBitmap(3, 2, RED_ROW))).toEqual({ width: 3, height: 2 });
  });

  it('returns null for other bytes', () => {
    const whole = bitmap({ width: 3, height: 2, pixels: '' });
    expect(readBmpHeader(whole.subarray(0, 29))).toBeNull();
    expect(readBmpHeader(Buffer.from('BM, as text begins at times, and more'))).toBeNull();
    expect(readBmpHeader(bitmap({ width: 3, height: 2, depth: 23, pixels: '' }))).toBeNull();
  });
});
