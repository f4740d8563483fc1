import { describe, expect, it } from 'vitest';
import { formatUserCode, isCompleteUserCode } from './device-code-form.js';

describe('formatUserCode', () => {
  it.each([
    ['abcdefgh', 'ABCD-EFGH'],
    [' abcd - efgh ', 'ABCD-EFGH'],
    ['ABCD-EFGHJKL', 'ABCD-EFGH'],
    ['abcd', 'ABCD'],
    ['abcd-', 'ABCD'],
    ['abcde', 'ABCD-E'],
    ['', ''],
  ])('shows %j as %j', (typed, shown) => {
    expect(formatUserCode(typed)).toBe(shown);
  });

  it('knows when a code is complete', () => {
    expect(isCompleteUserCode(formatUserCode('abcd-efgh'))).toBe(true);
    expect(isCompleteUserCode(formatUserCode('abcd-efg'))).toBe(false);
  });
});
