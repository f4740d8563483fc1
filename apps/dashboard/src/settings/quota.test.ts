import { describe, expect, it } from 'vitest';
import { readQuota, writeQuota } from './quota.js';

describe('readQuota', () => {
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
    expect(readQuota(text)).toBe(bytes);
  });
});

describe('writeQuota', () => {
  it.each([null, 1, 1023, 1024, 1_000_000, 5 * 1024 ** 2, 10 * 1024 ** 3])(
    'what it makes of %s is read as the same',
    (bytes) => {
      expect(readQuota(writeQuota(bytes))).toBe(bytes);
    },
  );
});
