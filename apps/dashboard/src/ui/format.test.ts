import { describe, expect, it } from 'vitest';
import { formatBytes, formatRelative, formatSpan } from './format.js';

describe('formatBytes', () => {
  it.each([
    [0, '0 bytes'],
    [1, '1 byte'],
    [999, '999 bytes'],
    [1000, '1 KB'],
    [37_683, '36.8 KB'],
    [1024 ** 2, '1 MB'],
    [150 * 1024, '150 KB'],
    [1023 * 1024, '1 MB'],
    [10 * 1024 ** 3, '10 GB'],
    [2 * 1024 ** 6, '2048 PB'],
  ])('%d is %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });
});

describe('formatRelative', () => {
  const now = Date.UTC(2026, 10, 25, 12);
  it.each([
    [-30_000, 'just now'],
    [20_000, 'in less than a minute'],
    [-60_000, '1 minute ago'],
    [-59 * 60_000, '59 minutes ago'],
    [-3 * 3_600_000, '3 hours ago'],
    [-47 * 3_600_000, '1 day ago'],
    [7 * 86_400_000, 'in 7 days'],
    [7 * 86_400_000 - 1000, 'in 7 days'],
    [3_600_000 - 1000, 'in 1 hour'],
    [86_400_000 - 1000, 'in 1 day'],
    [-20 * 86_400_000, '20 days ago'],
    [20 * 86_400_000, 'in 20 days'],
    [12 * 3_600_000, 'in 12 hours'],
    [-362 * 86_400_000, '1 year ago'],
    [-800 * 86_400_000, '2 years ago'],
  ])('%d ms from now is %s', (offset, text) => {
    expect(formatRelative(now + offset, now)).toBe(text);
  });
});

describe('formatSpan', () => {
  it.each([
    [0, '1 second'],
    [1, '1 second'],
    [59.2, '1 minute'],
    [90, '2 minutes'],
    [3600, '1 hour'],
    [604_800, '7 days'],
  ])('%d seconds are %s', (seconds, text) => {
    expect(formatSpan(seconds)).toBe(text);
  });
});
