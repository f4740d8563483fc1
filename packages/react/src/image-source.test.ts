import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  imageAt,
  mergeSettings,
  requireCdnUrl,
  requireSource,
  resolveSource,
} from './image-source.js';

const KEY = 'abc123xyz0-photo.jpg';
const own = { cdnUrl: 'https://own.example/', projectName: 'own' };
const provided = { cdnUrl: 'https://provided.example', projectName: 'provided' };

afterEach(() => vi.unstubAllEnvs());

function setEnvironment(): void {
  vi.stubEnv('NEXT_PUBLIC_AURA_CDN_URL', 'https://env.example');
  vi.stubEnv('NEXT_PUBLIC_AURA_PROJECT_NAME', 'env');
}

describe('resolveSource', () => {
  it.each([
    `https://cdn.example/my-app/${KEY}?token=a.b`,
    `/images/my-app/${KEY}`,
    `//cdn.example/my-app/${KEY}`,
    'data:image/png;base64,AA==',
    'blob:https://app.example/1',
  ])('leaves a complete URL as it is: %s', (src) => {
    setEnvironment();
    expect(resolveSource(src, mergeSettings(own, provided))).toBe(src);
  });

  it('finds project/key and a key alone on the CDN', () => {
    expect(resolveSource(`my-app/${KEY}`, own)).toBe(`https://own.example/my-app/${KEY}`);
    expect(resolveSource(KEY, own)).toBe(`https://own.example/own/${KEY}`);
  });

  it('finds a name with slashes in the project of the settings', () => {
    const shown = (src: string, settings: object = own) => resolveSource(src, settings);
    expect(shown('users/42/avatar')).toBe('https://own.example/own/users/42/avatar');
    expect(shown('own/users/42/avatar')).toBe('https://own.example/own/users/42/avatar');
    expect(shown('hero')).toBe('https://own.example/own/hero');
    const { cdnUrl } = own;
    expect(shown('my-app/users/42/avatar', { cdnUrl })).toBe(
      'https://own.example/my-app/users/42/avatar',
    );
  });

  it('returns null if a setting is missing', () => {
    expect(resolveSource(KEY, { cdnUrl: 'https://cdn.example' })).toBeNull();
    expect(resolveSource(`my-app/${KEY}`, { projectName: 'my-app' })).toBeNull();
  });
});

describe('imageAt', () => {
  const image = { cdnUrl: 'https://own.example', project: 'my-app', name: 'blog/hero' };

  it.each([
    ['https://own.example/my-app/blog/hero', image],
    ['https://own.example/my-app/w=400,h=3/blog/hero.webp?v=1#x', image],
    ['https://own.example/my-app/blog/hero?token=a.b&w=4', { ...image, token: 'a.b' }],
    [`https://own.example/my-app/${KEY}`, { ...image, name: KEY }],
    [`https://own.example/my-app/w=4/${KEY}.webp`, { ...image, name: KEY }],
    ['https://other.example/my-app/blog/hero?token=a.b', null],
    ['https://own.example/my-app', null],
    ['https://own.example/v1/blurhash', null],
    ['/my-app/blog/hero', null],
    ['data:image/png;base64,AA==', null],
  ])('is the image at %s', (url, expected) => {
    expect(imageAt(url, own)).toEqual(expected);
  });

  it('is, without a CDN in the settings, that of a signed URL only', () => {
    expect(imageAt('https://own.example/my-app/blog/hero', {})).toBeNull();
    const signed = 'https://own.example/my-app/blog/hero?token=a.b';
    expect(imageAt(signed, {})).toEqual({ ...image, token: 'a.b' });
  });
});

describe('mergeSettings', () => {
  it('prefers props to the provider, and the provider to the environment', () => {
    expect(mergeSettings({})).toEqual({ cdnUrl: undefined, projectName: undefined });
    setEnvironment();
    expect(mergeSettings(own, provided)).toEqual(own);
    expect(mergeSettings({}, provided)).toEqual(provided);
    expect(mergeSettings({})).toEqual({ cdnUrl: 'https://env.example', projectName: 'env' });
  });

  it('merges each setting by itself', () => {
    setEnvironment();
    expect(mergeSettings({ cdnUrl: own.cdnUrl }, { projectName: 'provided' })).toEqual({
      cdnUrl: own.cdnUrl,
      projectName: 'provided',
    });
    expect(mergeSettings({ cdnUrl: '' }, { projectName: 'provided' })).toEqual({
      cdnUrl: 'https://env.example',
      projectName: 'provided',
    });
  });
});

describe('a missing setting', () => {
  it('is named with every way to pass it', () => {
    expect(() => requireSource(`my-app/${KEY}`, {})).toThrow(
      /my-app.*pass cdnUrl, use <AuraProvider>, or set NEXT_PUBLIC_AURA_CDN_URL/,
    );
    expect(() => requireSource(KEY, {})).toThrow(
      /pass cdnUrl and projectName, .*NEXT_PUBLIC_AURA_CDN_URL and NEXT_PUBLIC_AURA_PROJECT_NAME$/,
    );
    expect(() => requireSource(KEY, { cdnUrl: 'https://cdn.example' })).toThrow(
      /pass projectName, .*set NEXT_PUBLIC_AURA_PROJECT_NAME$/,
    );
    expect(() => requireCdnUrl({})).toThrow(/pass cdnUrl/);
  });
});
