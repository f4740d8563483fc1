import { describe, expect, it } from 'vitest';
import { acceptance } from './accept.js';

const CHROME = 'image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8';
const FIREFOX = 'image/avif,image/webp,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5';

describe('acceptance', () => {
  it.each([
    [CHROME, { avif: 1, webp: 1, jpeg: 1, png: 1 }],
    [FIREFOX, { avif: 1, webp: 1, jpeg: 0.8, png: 1 }],
    ['image/webp,*/*;q=0.5', { avif: 0, webp: 1, jpeg: 0.5 }],
    ['*/*', { avif: 0, webp: 0, jpeg: 1, gif: 1 }],
    ['image/*', { avif: 0, webp: 0, jpeg: 1, png: 1 }],
    ['image/avif;q=0, image/webp', { avif: 0, webp: 1, jpeg: 0 }],
    ['IMAGE/AVIF ; Q=0.25', { avif: 0.25 }],
    ['image/webp;v=1;q=0.125', { webp: 0.125 }],
    ['image/jpeg;q=0,*/*', { jpeg: 0, png: 1 }],
    ['text/html', { avif: 0, webp: 0, jpeg: 0, png: 0 }],
    ['', { avif: 0, webp: 0, jpeg: 0 }],
  ])('of %j', (accept, expected) => {
    for (const [format, quality] of Object.entries(expected)) {
      expect(acceptance(accept, format as 'avif'), format).toBe(quality);
    }
  });

  it('without the header takes what everyone can show', () => {
    expect(acceptance(null, 'jpeg')).toBe(1);
    expect(acceptance(null, 'webp')).toBe(0);
  });

  it('counts a malformed weight as none', () => {
    expect(acceptance('image/webp;q=2', 'webp')).toBe(1);
    expect(acceptance('image/webp;q=-1', 'webp')).toBe(1);
  });

  it('reads a header of any length in no time', () => {
    expect(acceptance(`${'image/webp;'.repeat(100_000)}`, 'avif')).toBe(0);
  });
});
