import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseRange } from './range.js';

describe('parseRange', () => {
  it.each([
    ['bytes=0-0', { start: 0, length: 1 }],
    ['bytes=0-99', { start: 0, length: 100 }],
    ['bytes=0-1000', { start: 0, length: 100 }],
    ['bytes=10-', { start: 10, length: 90 }],
    ['bytes=-10', { start: 90, length: 10 }],
    ['bytes=-1000', { start: 0, length: 100 }],
    ['BYTES=99-99', { start: 99, length: 1 }],
  ])('%s of 100 bytes', (header, range) => {
    expect(parseRange(header, 100)).toEqual(range);
  });

  it.each(['bytes=100-', 'bytes=100-200', 'bytes=-0'])(
    '%s of 100 bytes: unsatisfiable',
    (header) => {
      expect(parseRange(header, 100)).toBe('unsatisfiable');
    },
  );

  it.each([
    null,
    '',
    'bytes',
    'bytes=',
    'bytes=-',
    'bytes=a-b',
    'bytes=5-2',
    'bytes=0-1,3-4',
    'bytes=0x1-2',
    'bytes=1.5-2',
    'items=0-1',
    'bytes=9999999999999999-',
  ])('%s is ignored', (header) => {
    expect(parseRange(header, 100)).toBeNull();
  });

  it('never leaves the representation', () => {
    const header = fc.oneof(
      fc.string(),
      fc.tuple(fc.nat(), fc.nat()).map(([a, b]) => `bytes=${a}-${b}`),
      fc.nat().map((n) => `bytes=-${n}`),
      fc.nat().map((n) => `bytes=${n}-`),
    );
    fc.assert(
      fc.property(header, fc.integer({ min: 1, max: 2 ** 31 }), (text, size) => {
        const range = parseRange(text, size);
        if (range === null || range === 'unsatisfiable') return true;
        return range.start >= 0 && range.length >= 1 && range.start + range.length <= size;
      }),
    );
  });
});
