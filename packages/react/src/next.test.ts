import type { ImageLoader } from 'next/image.js';
import { afterEach, beforeEach, describe, expect, expectTypeOf, it, vi } from 'vitest';
import { auraLoader, type LoaderRequest } from './next.js';

const SIGNED = 'https://cdn.example/my-app/abc123xyz0-photo.jpg?token=e30.c2ln';

describe('the loader for next/image', () => {
  beforeEach(() => {
    vi.stubEnv('NEXT_PUBLIC_AURA_CDN_URL', 'https://cdn.example/');
    vi.stubEnv('NEXT_PUBLIC_AURA_PROJECT_NAME', 'my-app');
  });
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  it('has the type of a next/image loader', () => {
    expectTypeOf(auraLoader).toExtend<ImageLoader>();
    expectTypeOf<Parameters<ImageLoader>[0]>().toExtend<LoaderRequest>();
  });

  it.each([
    [SIGNED, `${SIGNED}&w=640&q=75`],
    [`${SIGNED}&w=1&fit=face`, `${SIGNED}&w=640&fit=face&q=75`],
    ['my-app/a.jpg', 'https://cdn.example/my-app/a.jpg?w=640&q=75'],
    ['a.jpg', 'https://cdn.example/my-app/a.jpg?w=640&q=75'],
  ])('%s comes from the CDN', (src, expected) => {
    expect(auraLoader({ src, width: 640, quality: 75 })).toBe(expected);
  });

  it('sets no quality by default', () => {
    expect(auraLoader({ src: SIGNED, width: 640 })).toBe(`${SIGNED}&w=640`);
  });

  it.each([
    '/_next/static/media/logo.abc.png',
    'data:image/gif;base64,R0lGODlhAQABAAAAACw=',
    'blob:https://app.example/1',
    'https://bucket.example/photo.jpg?X-Amz-Signature=abc',
    'https://cdn.example.evil.example/my-app/a.jpg',
  ])('%s is left alone', (src) => {
    expect(auraLoader({ src, width: 640, quality: 75 })).toBe(src);
  });

  it('takes every complete URL for one of the CDN if no variable is set', () => {
    vi.stubEnv('NEXT_PUBLIC_AURA_CDN_URL', '');
    expect(auraLoader({ src: SIGNED, width: 640 })).toBe(`${SIGNED}&w=640`);
    expect(() => auraLoader({ src: 'a.jpg', width: 640 })).toThrow('NEXT_PUBLIC_AURA_CDN_URL');
  });

  it('refuses a quality that the server would refuse', () => {
    expect(() => auraLoader({ src: SIGNED, width: 640, quality: 101 })).toThrow(/^quality must be/);
  });
});
