import type { MasterType } from '@auraimage/protocol';
import fc from 'fast-check';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { readHeader } from './read-header.js';

const drawn = () =>
  sharp({ create: { width: 23, height: 17, channels: 4, background: '#12345678' } });
const FILES: readonly (readonly [MasterType, Buffer])[] = [
  ['image/jpeg', await drawn().flatten().jpeg().toBuffer()],
  ['image/png', await drawn().png().toBuffer()],
  ['image/gif', await drawn().gif().toBuffer()],
  ['image/webp', await drawn().webp().toBuffer()],
  ['image/avif', await drawn().avif({ effort: 0 }).toBuffer()],
];

describe.each(FILES)('a header of %s', (type, file) => {
  it('is read', () => {
    const found = readHeader(file, type);
    const hasAlpha = type !== 'image/jpeg' && type !== 'image/gif';
    expect(found).toMatchObject({ width: 23, height: 17, orientation: 1, frames: 1 });
    if (type !== 'image/gif') expect(found).toMatchObject({ hasAlpha });
  });

  it('is none where the file is cut off', () => {
    for (const length of [0, 1, 5, 12, 30, file.length >> 1, file.length - 2]) {
      expect(readHeader(file.subarray(0, length), type), `${length}`).toBeNull();
    }
  });

  it('is read or refused, but never an error, whatever the bytes', () => {
    const changes = fc.array(fc.tuple(fc.nat(file.length - 1), fc.nat(255)), { maxLength: 12 });
    fc.assert(
      fc.property(changes, (changed) => {
        const bytes = Uint8Array.from(file);
        for (const [at, value] of changed) bytes[at] = value;
        const found = readHeader(bytes, type);
        if (found === null) return;
        expect(found.width).toBeGreaterThan(0);
        expect(found.frames).toBeGreaterThan(0);
      }),
      { numRuns: 300 },
    );
  });
});

it('a file of another type has none', () => {
  for (const [type, file] of FILES) {
    for (const [other] of FILES) {
      if (other !== type) expect(readHeader(file, other), `${type} as ${other}`).toBeNull();
    }
  }
});

it('a file of more than 10,000 boxes has none', () => {
  const [, avif = Buffer.alloc(0)] = FILES.find(([type]) => type === 'image/avif') ?? [];
  const free = Buffer.from('\0\0\0\x08free', 'latin1');
  const boxes = ['ftyp', 'meta', 'mdat'].length;
  const withBoxes = (count: number) =>
    readHeader(Buffer.concat([avif, ...Array(count - boxes).fill(free)]), 'image/avif');
  expect(withBoxes(10_000)).toMatchObject({ width: 23, height: 17 });
  expect(withBoxes(10_001)).toBeNull();
});
