import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isNotModified, isRangeCurrent } from './conditional.js';

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
  it('lets a range through without If-Range or with the same strong tag', () => {
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
    fc.string({ unit: 'binary' }),
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

  it('lets a range through for the one tag alone', () => {
    fc.assert(
      fc.property(text, (header) => {
        expect(isRangeCurrent(header, ETAG)).toBe(header === ETAG);
      }),
    );
  });
});
