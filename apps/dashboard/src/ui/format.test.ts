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
    [-30_000, null],
    [-60_000, '1 minute ago'],
    [-59 * 60_000, '59 minutes ago'],
    [-3 * 3_600_000, '3 hours ago'],
    [-86_400_000, 'yesterday'],
    [6.9 * 86_400_000, 'in 6 days'],
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
