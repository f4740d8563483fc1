import { describe, expect, it } from 'vitest';
import { createCacheControl } from './respond.js';

const open = { visibility: 'public' } as const;
const closed = { visibility: 'private' } as const;

describe('Cache-Control', () => {
  it('is what the contract says where the operator says nothing', () => {
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
  ])('lets caches that many share keep what is public for %i seconds', (seconds, standIn) => {
    const cacheControl = createCacheControl(seconds);
    expect(cacheControl(open)).toBe(`public, max-age=31536000, s-maxage=${seconds}, immutable`);
    expect(cacheControl(open, 60)).toBe(`public, max-age=60, s-maxage=${standIn}`);
    expect(cacheControl(closed)).toBe('private, max-age=300');
    expect(cacheControl(closed, 60)).toBe('private, max-age=60');
  });
});
