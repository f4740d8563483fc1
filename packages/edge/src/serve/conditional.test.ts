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
