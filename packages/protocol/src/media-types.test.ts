import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  isTypeAllowed,
  isTypePattern,
  MASTER_TYPES,
  nameRefusedType,
  normalizeTypePattern,
  sniffMasterType,
} from './media-types.js';

const latin1 = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));
const box = (size: number, ...brands: readonly string[]) =>
  `${String.fromCharCode(0, 0, 0, size)}ftyp${brands.join('')}`;
/** The head of a BMP: its length's place, then the length, width and height, planes and depth. */
const bitmap = (length: number, planes = 1, depth = 24) => {
  const size = length === 12 ? '\x08\0\x06\0' : '\x08\0\0\0\x06\0\0\0';
  const head = `BM\x46\0\0\0\0\0\0\0\x36\0\0\0${String.fromCharCode(length)}\0\0\0${size}`;
  return `${head}${String.fromCharCode(planes)}\0${String.fromCharCode(depth)}\0`.padEnd(30, '\0');
};

const signatures = [
  ['image/jpeg', '\xff\xd8\xff'],
  ['image/png', '\x89PNG\r\n\x1a\n'],
  ['image/gif', 'GIF87a'],
  ['image/gif', 'GIF89a'],
  ['image/webp', 'RIFF\x10\0\0\0WEBP'],
  ['image/tiff', 'II*\0'],
  ['image/tiff', 'MM\0*'],
  ['image/tiff', 'II+\0'],
  ['image/tiff', 'MM\0+'],
  ['image/avif', box(16, 'avif')],
  ['image/avif', box(16, 'avis')],
  ['image/avif', box(24, 'mif1', '\0\0\0\0', 'miaf', 'avif')],
  ['image/heic', box(16, 'heic')],
  ['image/heic', box(16, 'heix')],
  ['image/heic', box(16, 'heim')],
  ['image/heic', box(16, 'heis')],
  ['image/heic', box(16, 'hevc')],
  ['image/heic', box(16, 'hevx')],
  ['image/heic', box(24, 'mif1', '\0\0\0\0', 'miaf', 'heic')],
  ['image/jxl', '\xff\n'],
  ['image/jxl', '\0\0\0\x0cJXL \r\n\x87\n'],
  ['image/bmp', bitmap(40).slice(0, 30)],
  ['image/bmp', bitmap(12).slice(0, 30)],
  ['image/bmp', bitmap(124, 1, 32).slice(0, 30)],
] as const;

describe('sniffMasterType', () => {
  it.each(signatures)('detects %s in %j', (type, head) => {
    expect(sniffMasterType(latin1(head))).toBe(type);
    expect(sniffMasterType(latin1(`${head}${'\0'.repeat(500)}`))).toBe(type);
  });

  it.each(signatures)('does not detect %s in a shorter or shifted %j', (_, head) => {
    expect(sniffMasterType(latin1(head.slice(0, -1)))).toBeNull();
    expect(sniffMasterType(latin1(` ${head}`))).toBeNull();
  });

  it.each([
    ['an empty file', ''],
    ['SVG', '<svg xmlns="http://www.w3.org/2000/svg">'],
    ['SVG behind XML', '<?xml version="1.0"?><svg>'],
    ['HTML', '<!doctype html><script>'],
    ['PDF', '%PDF-1.7'],
    ['text that begins with BM', 'BMW and Mercedes are makers of cars, and this is text.'],
    ['a BMP with a header of no known length', bitmap(41)],
    ['a BMP of two planes', bitmap(40, 2)],
    ['a BMP of 23 bits', bitmap(40, 1, 23)],
    ['a BMP without a size', 'BM\x36\0\0\0'],
    ['ICO', '\0\0\x01\0'],
    ['a WAVE file', 'RIFF\x10\0\0\0WAVE'],
    ['a HEIF of unknown packing', box(24, 'mif1', '\0\0\0\0', 'mif1', 'miaf')],
    ['MP4', box(24, 'isom', '\0\0\0\0', 'isom', 'mp42')],
    ['avif in the place of the version', box(16, 'mif1', 'avif')],
    ['avif across two brands', box(24, 'mif1', '\0\0\0\0', 'xxav', 'ifxx')],
    ['avif behind the box', `${box(16, 'mif1', '\0\0\0\0')}avif`],
    ['a box of no size', box(0, 'avif', '\0\0\0\0')],
  ])('takes %s for none', (_, head) => expect(sniffMasterType(latin1(head))).toBeNull());

  it('prefers AVIF for a file of AVIF and HEIC brands', () => {
    const head = box(28, 'heic', '\0\0\0\0', 'mif1', 'heic', 'avif');
    expect(sniffMasterType(latin1(head))).toBe('image/avif');
  });

  it('never throws, and reads at most 64 bytes', () => {
    const known = [...Object.keys(MASTER_TYPES), null];
    const heads = fc.constantFrom(...signatures.map(([, head]) => head), '', 'RIFF', box(99));
    fc.assert(
      fc.property(heads, fc.uint8Array({ maxLength: 300 }), (head, tail) => {
        const bytes = Uint8Array.from([...latin1(head), ...tail]);
        const type = sniffMasterType(bytes);
        expect(known).toContain(type);
        expect(sniffMasterType(bytes.subarray(0, 64))).toBe(type);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('isTypePattern', () => {
  it.each([
    ['image/*', 'image/*'],
    ['*/*', 'image/*'],
    ['image/png', 'image/png'],
    ['Image/PNG', 'image/png'],
    ['image/jpg', 'image/jpeg'],
    ['image/svg+xml', 'image/svg+xml'],
    ['image/vnd.microsoft.icon', 'image/vnd.microsoft.icon'],
  ])('accepts %j', (value, normalized) => {
    expect(isTypePattern(value)).toBe(true);
    expect(normalizeTypePattern(value)).toBe(normalized);
  });

  it.each([
    '',
    '*',
    'image',
    'image/',
    'image/png ',
    'image/png\n',
    'image/png;q=1',
    'text/html',
    'image/**',
    `image/${'a'.repeat(65)}`,
    null,
    undefined,
    1,
    ['image/*'],
  ])('refuses %j', (value) => expect(isTypePattern(value)).toBe(false));
});

it.each([
  ['image/png', ['image/*'], true],
  ['image/png', ['image/jpeg', 'image/png'], true],
  ['image/png', ['image/jpeg'], false],
  ['image/png', ['image/pn'], false],
  ['image/png', [], false],
])('%s among %j: %s', (type, allowed, expected) => {
  expect(isTypeAllowed(type, allowed)).toBe(expected);
});

describe('nameRefusedType', () => {
  it.each([
    ['SVG', '<svg xmlns="http://www.w3.org/2000/svg">'],
    ['SVG', '\n\t <svg>'],
    ['SVG', '\xef\xbb\xbf<?xml version="1.0"?>'],
    ['SVG', '<!DOCTYPE svg PUBLIC>'],
    ['ICO', '\0\0\x01\0\x01\0\x10\x10'],
    [null, '<!doctype html><script>'],
    [null, '\0\0\x02\0\x01\0\x10\x10'],
    [null, ''],
    [null, '\x89PNG\r\n\x1a\n'],
  ])('says %s to %j', (name, head) => expect(nameRefusedType(latin1(head))).toBe(name));
});
