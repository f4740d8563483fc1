import { describe, expect, it } from 'vitest';
import { formatBytes, formatDuration, parseLifetime } from './units.js';

describe('parseLifetime', () => {
  it.each([
    ['60', 60],
    ['90s', 90],
    ['10m', 600],
    ['1h', 3600],
    ['7d', 604_800],
  ])('reads %s', (text, seconds) => expect(parseLifetime(text)).toBe(seconds));

  it.each(['', '59', '8d', '604801', '10 m', '1.5h', '-10m', '10M', 'ten', '1e3', '999999d'])(
    'refuses %j',
    (text) => expect(() => parseLifetime(text)).toThrow('is not a lifetime'),
  );
});

describe('formatBytes', () => {
  it.each([
    [0, '0 bytes'],
    [1023, '1023 bytes'],
    [1536, '1.5 KB'],
    [5 * 1024 ** 2, '5.0 MB'],
    [200 * 1024 ** 3, '200 GB'],
  ])('writes %d', (bytes, text) => expect(formatBytes(bytes)).toBe(text));
});

describe('formatDuration', () => {
  it.each([
    [1, '1 second'],
    [-90, '90 seconds'],
    [480, '8 minutes'],
    [7200, '2 hours'],
    [86_400 * 3, '3 days'],
  ])('writes %d', (seconds, text) => expect(formatDuration(seconds)).toBe(text));
});
