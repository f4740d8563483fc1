import { isNotModified } from '@auraimage/http';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyText } from '../../../protocol/src/testing/any-text.js';
import { createCacheControl, isRangeCurrent, parseRange } from './respond.js';

const ETAG = '"abc"';

describe('isNotModified', () => {
  it.each([ETAG, 'W/"abc"', '"x", "abc"', '"x",W/"abc"', '*', ' * ', '"a,b", "abc"'])(
    '%s names the current tag',
    (header) => expect(isNotModified(header, ETAG)).toBe(true),
  );

  it.each([null, '', '"abcd"', 'abc', '"ABC"', '"x"', '"*"', '"abc'])('%s does not', (header) =>
    expect(isNotModified(header, ETAG)).toBe(false),
  );
});

describe('isRangeCurrent', () => {
  it('allows a range without If-Range or with the same strong tag', () => {
    expect(isRangeCurrent(null, ETAG)).toBe(true);
    expect(isRangeCurrent(ETAG, ETAG)).toBe(true);
  });

  it.each(['W/"abc"', '"old"', 'Tue, 24 Nov 2026 08:00:00 GMT'])(
    '%s asks for the whole',
    (header) => expect(isRangeCurrent(header, ETAG)).toBe(false),
  );
});

describe('any header', () => {
  const text = fc.oneof(
    anyText(),
    fc.string({ unit: fc.constantFrom('"', 'W/', ',', ' ', 'a', '*', '\\', 'abc') }),
  );

  it('is read without an error, and the tag is found in every list of tags', () => {
    fc.assert(
      fc.property(text, text, (before, after) => {
        expect(typeof isNotModified(before, ETAG)).toBe('boolean');
        const tags = `"${before.replace(/[^a-z]/g, '')}",${ETAG},"${after.replace(/[^a-z]/g, '')}"`;
        expect(isNotModified(tags, ETAG)).toBe(true);
      }),
    );
  });

  it('allows a range for the current tag only', () => {
    fc.assert(
      fc.property(text, (header) => {
        expect(isRangeCurrent(header, ETAG)).toBe(header === ETAG);
      }),
    );
  });
});

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

  it('never exceeds the representation', () => {
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

const open = { visibility: 'public' } as const;
const closed = { visibility: 'private' } as const;

describe('Cache-Control', () => {
  it('is the default of the contract without a setting of the operator', () => {
    const cacheControl = createCacheControl(undefined);
    expect(cacheControl(open)).toBe('public, max-age=31536000, immutable');
    expect(cacheControl(open, 60)).toBe('public, max-age=60');
    expect(cacheControl(closed)).toBe('private, max-age=300');
    expect(cacheControl(closed, 60)).toBe('private, max-age=60');
  });

  it.each([
    [0, 0],
    [30, 30],
    [3600, 60],
  ])('lets shared caches store public responses for %i seconds', (seconds, fallbackSeconds) => {
    const cacheControl = createCacheControl(seconds);
    expect(cacheControl(open)).toBe(`public, max-age=31536000, s-maxage=${seconds}, immutable`);
    expect(cacheControl(open, 60)).toBe(`public, max-age=60, s-maxage=${fallbackSeconds}`);
    expect(cacheControl(closed)).toBe('private, max-age=300');
    expect(cacheControl(closed, 60)).toBe('private, max-age=60');
  });
});
