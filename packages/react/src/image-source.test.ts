import { afterEach, describe, expect, it, vi } from 'vitest';
import { requireCdnUrl, requireSource, resolveSource } from './image-source.js';

const KEY = 'abc123xyz0-photo.jpg';
const own = { cdnUrl: 'https://own.example/', projectName: 'own' };
const provided = { cdnUrl: 'https://provided.example', projectName: 'provided' };

afterEach(() => vi.unstubAllEnvs());

function setEnvironment(): void {
  vi.stubEnv('NEXT_PUBLIC_AURA_CDN_URL', 'https://env.example');
  vi.stubEnv('NEXT_PUBLIC_AURA_PROJECT_NAME', 'env');
}

describe('a source', () => {
  it.each([
    `https://cdn.example/my-app/${KEY}?token=a.b`,
    `/images/my-app/${KEY}`,
    `//cdn.example/my-app/${KEY}`,
    'data:image/png;base64,AA==',
    'blob:https://app.example/1',
  ])('that is an address stays as it is: %s', (src) => {
    setEnvironment();
    expect(resolveSource(src, own, provided)).toBe(src);
  });

  it('is found on the CDN of the props, then of the environment, then of the provider', () => {
    expect(resolveSource(`my-app/${KEY}`, own, provided)).toBe(`https://own.example/my-app/${KEY}`);
    expect(resolveSource(KEY, {}, provided)).toBe(`https://provided.example/provided/${KEY}`);
    setEnvironment();
    expect(resolveSource(KEY, own, provided)).toBe(`https://own.example/own/${KEY}`);
    expect(resolveSource(KEY, {}, provided)).toBe(`https://env.example/env/${KEY}`);
    expect(requireCdnUrl({}, provided)).toBe('https://env.example');
  });

  it('that cannot be found says what is missing, and every way to give it', () => {
    expect(resolveSource(KEY, { cdnUrl: 'https://cdn.example' })).toBeNull();
    expect(resolveSource(`my-app/${KEY}`, { projectName: 'my-app' })).toBeNull();
    expect(() => requireSource(`my-app/${KEY}`, {})).toThrow(
      /my-app.*pass cdnUrl, use <AuraProvider>, or set NEXT_PUBLIC_AURA_CDN_URL/,
    );
    expect(() => requireSource(KEY, {})).toThrow(
      /pass cdnUrl and projectName, .*NEXT_PUBLIC_AURA_CDN_URL and NEXT_PUBLIC_AURA_PROJECT_NAME$/,
    );
    expect(() => requireSource(KEY, {}, { cdnUrl: 'https://cdn.example' })).toThrow(
      /pass projectName, .*set NEXT_PUBLIC_AURA_PROJECT_NAME$/,
    );
    expect(() => requireCdnUrl({}, {})).toThrow(/pass cdnUrl/);
  });
});
