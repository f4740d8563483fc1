import { describe, expect, it } from 'vitest';
import { formatQuota, parseQuota } from './limits.js';

describe('parseQuota', () => {
  it.each([
    ['10 GB', 10 * 1024 ** 3],
    [' 500mb ', 500 * 1024 ** 2],
    ['1.5 gb', 1.5 * 1024 ** 3],
    ['', null],
    ['   ', null],
    ['ten', undefined],
    ['-1 GB', undefined],
    ['10', undefined],
  ])('%j is %s', (text, bytes) => {
    expect(parseQuota(text)).toBe(bytes);
  });
});

describe('formatQuota', () => {
  it.each([null, 1, 1023, 1024, 1_000_000, 5 * 1024 ** 2, 10 * 1024 ** 3])(
    'parseQuota reads the text for %s as the same value',
    (bytes) => {
      expect(parseQuota(formatQuota(bytes))).toBe(bytes);
    },
  );
});
