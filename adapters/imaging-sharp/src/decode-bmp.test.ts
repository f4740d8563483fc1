import { readFile } from 'node:fs/promises';
import sharp from 'sharp';
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

/** A file of one row with a header of any length, whose bytes after the depth are given. */
function headed(
  length: number,
  depth: number,
  tail: readonly number[],
  pixels: string,
  palette = '',
) {
  const head = Buffer.alloc(14 + length);
  head.write('BM');
  head.writeUInt32LE(head.length + palette.length / 2, 10);
  head.writeUInt32LE(length, 14);
  head.writeInt32LE(2, 18);
  head.writeInt32LE(1, 22);
  head.writeUInt16LE(1, 26);
  head.writeUInt16LE(depth, 28);
  for (const [i, value] of tail.entries()) {
    if (16 + i * 4 < length) head.writeUInt32LE(value >>> 0, 30 + i * 4);
  }
  return Buffer.concat([head, Buffer.from(palette, 'hex'), Buffer.from(pixels, 'hex')]);
}

describe('kinds of BMP, with the colours that Chromium 156 gives them', () => {
  const OS2 = [16, 20, 24, 32, 36, 44, 48, 60, 64];
  const WINDOWS = [40, 52, 56, 108, 124];

  it.each([...OS2, ...WINDOWS])('a header of %d bytes', async (length) => {
    expect(await shown(headed(length, 24, [0], RED_ROW))).toBe(red + red);
    const palette = '00000000ff00000000ff00000000ff00';
    expect(await shown(headed(length, 2, [0], '60000000', palette))).toBe('0000ffff00ff00ff');
  });

  it.each([
    [1, '80000000', '0000ffff000000ff'],
    [2, '40000000', '0000ffff000000ff'],
    [4, '10000000', '0000ffff000000ff'],
    [8, '01000000', '0000ffff000000ff'],
    [8, '01090000', '0000ffff000000ff'],
  ])('a palette of %d bits', async (depth, pixels, expected) => {
    const file = headed(40, depth, [0, 0, 0, 0, 2], pixels, '00000000ff000000');
    expect(await shown(file)).toBe(expected);
  });

  /** Masks of red, green, blue, alpha; two pixels; what they show. */
  const MASKS: readonly (readonly [string, number, readonly number[], string, string])[] = [
    ['5:5:5', 16, [0x7c00, 0x3e0, 0x1f], 'ff7f1042', '' + 'ffffffff8484' + '84ff'],
    ['5:6:5', 16, [0xf800, 0x7e0, 0x1f], 'ffff1084', 'ffffffff848284ff'],
    ['2:3:1', 16, [0x30, 0xe, 1], '3f001200', 'ffffffff552400ff'],
    ['3:10:3', 16, [0xe000, 0x1ff8, 7], 'ffff0420', 'ffffffff240092ff'],
    ['4:4:4:4', 16, [0xf00, 0xf0, 0xf, 0xf000], 'ffff2171', 'ffffffff11221177'],
    ['5:5:5:1', 16, [0x7c00, 0x3e0, 0x1f, 0x8000], 'ff7fffff', 'ffffff00ffffffff'],
    ['8:8:8', 32, [0xff0000, 0xff00, 0xff], '302010ff01020300', '102030ff030201ff'],
    ['8:8:8 in reverse', 32, [0xff, 0xff00, 0xff0000], '102030ff03020100', '102030ff030201ff'],
    ['8:8:8:8', 32, [0xff0000, 0xff00, 0xff, 0xff00_0000], '3020108001020300', '1020308003020100'],
    [
      '10:10:10:2',
      32,
      [0x3ff0_0000, 0xffc00, 0x3ff, 0xc000_0000],
      'ffffffff00000040',
      'ffffffff00000055',
    ],
    ['7:18:7', 32, [0xfe00_0000, 0x1ff_ff80, 0x7f], 'ffffffff00000100', 'ffffffff000000ff'],
    ['nothing', 32, [0, 0, 0], 'ffffffff00000000', '000000ff000000ff'],
  ];
  it.each(MASKS)('masks of %s', async (_, depth, masks, pixels, expected) => {
    const [red = 0, green = 0, blue = 0, alpha = 0] = masks;
    const padded = pixels.padEnd(depth / 2, '0');
    const tail = [3, 0, 0, 0, 0, 0, red, green, blue, alpha];
    for (const length of [56, 108, 124]) {
      expect(await shown(headed(length, depth, tail, padded))).toBe(expected);
    }
    // The oldest header has its masks behind it.
    const behind = (alpha === 0 ? masks : [...masks]).map((mask) => {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32LE(mask >>> 0);
      return bytes.toString('hex');
    });
    const compression = alpha === 0 ? 3 : 6;
    const old = headed(40, depth, [compression], padded, behind.join(''));
    expect(await shown(old)).toBe(expected);
  });

  it('alpha without bit fields, from Windows 4.0 on', async () => {
    const tail = [0, 0, 0, 0, 0, 0, 0xff0000, 0xff00, 0xff, 0xff00_0000];
    const pixels = '3020108001020300';
    expect(await shown(headed(124, 32, tail, pixels))).toBe('1020308003020100');
    expect(await shown(headed(56, 32, tail, pixels))).toBe('102030ff030201ff');
  });

  it('a profile', async () => {
    const create = { width: 1, height: 1, channels: 3, background: 'red' } as const;
    const p3 = await sharp({ create }).withIccProfile('p3').png().toBuffer();
    const { icc = Buffer.alloc(0) } = await sharp(p3).metadata();
    const pixels = Buffer.alloc(8, Buffer.from([40, 60, 200]));
    const file = Buffer.concat([headed(124, 24, [0], pixels.toString('hex')), icc]);
    file.write('DEBM', 14 + 56);
    file.writeUInt32LE(124 + 8, 14 + 112);
    file.writeUInt32LE(icc.length, 14 + 116);
    const { data } = await decodeBmp(file);
    expect([...data.subarray(0, 4)]).toEqual([217, 42, 24, 255]);
  });

  it.each([
    ['a jump', 8, 1, '01010002000101010001', '000000ff0000ffff0000ffff000000ff'],
    ['an early end', 8, 1, '0101' + '0001', '000000ff000000ff0000ffff000000ff'],
    [
      'literals of an odd number',
      8,
      1,
      '00030100010000000201' + '0001',
      '0000ffff0000ffff0000ffffff0000ff',
    ],
    [
      'runs beyond the row',
      8,
      1,
      '0901' + '0000' + '0200' + '0001',
      'ff0000ffff0000ff0000ffff0000ffff',
    ],
    ['4 bits', 4, 2, '0210' + '0000' + '00030100' + '0001', 'ff0000ff0000ffff0000ffffff0000ff'],
  ])('runs with %s', async (_, depth, compression, pixels, expected) => {
    const palette = [0xff0000, 0x0000ff];
    const file = bitmap({ width: 2, height: 2, depth, compression, palette, pixels });
    expect(await shown(file)).toBe(expected);
  });

  it('runs of 24 bits, in OS/2', async () => {
    const runs = '010000ff' + '0003' + 'ff0000' + '00ff00' + '00ff00' + '00' + '0001';
    expect(await shown(headed(64, 24, [4], runs))).toBe(`${red}${blue}`);
  });

  it('runs from the top', async () => {
    const palette = [0xff0000, 0x0000ff];
    const pixels = '0201000002000001';
    const file = bitmap({ width: 2, height: -2, depth: 8, compression: 1, palette, pixels });
    expect(await shown(file)).toBe(blue + blue + red + red);
  });

  it.each([
    ['a JPEG inside', headed(40, 24, [4], RED_ROW)],
    ['a PNG inside', headed(40, 24, [5], RED_ROW)],
    ['a fax code', headed(64, 1, [3], RED_ROW)],
    ['masks with holes', headed(56, 32, [3, 0, 0, 0, 0, 0, 0xff0000, 0xf0f0, 0xf], RED_ROW)],
    ['runs of another depth', headed(40, 24, [1], RED_ROW)],
    [
      'runs that end',
      bitmap({ width: 2, height: 2, depth: 8, compression: 1, pixels: '02010000' }),
    ],
  ])('%s are refused', async (_, file) => {
    await expect(decodeBmp(file)).rejects.toThrow();
  });

  it.each([
    ['pal2', [170, 170, 170], [255, 255, 255], [85, 85, 85], [170, 170, 170]],
    ['rgb16-231', [255, 0, 0], [255, 255, 255], [85, 73, 0], [170, 255, 255]],
  ] as const)('%s.bmp of the reference suite', async (name, ...colours) => {
    const folder = new URL('../../../tests/files/assets/cases/', import.meta.url);
    const { data, width, height } = await decodeBmp(await readFile(new URL(`${name}.bmp`, folder)));
    expect([width, height]).toEqual([127, 64]);
    for (const [i, [x, y]] of [
      [0, 0],
      [63, 32],
      [126, 63],
      [31, 16],
    ].entries()) {
      const at = ((y ?? 0) * width + (x ?? 0)) * 4;
      expect([...data.subarray(at, at + 4)]).toEqual([...(colours[i] ?? []), 255]);
    }
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
