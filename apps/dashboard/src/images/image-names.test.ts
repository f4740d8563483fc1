import { describe, expect, it } from 'vitest';
import { averageColor } from './blurhash.js';
import { givenName, parseImageFilter, parseSearch } from './image-names.js';
import { pictureSnippet } from './picture-snippet.js';
import { range } from './use-selection.js';

describe('givenName', () => {
  it('is the readable part of a key, or the whole key if there is none', () => {
    expect(givenName('abc123xyz0-photo.jpg')).toBe('photo.jpg');
    expect(givenName('abc123xyz0.jpg')).toBe('abc123xyz0.jpg');
  });
});

describe('parseSearch', () => {
  it('normalizes a search to the characters of keys', () => {
    expect(parseSearch('  Team Photo ')).toBe('team-photo');
    expect(parseSearch('')).toBe('');
  });

  it('rejects characters that no key contains', () => {
    for (const text of ['50%', 'ä', 'a'.repeat(65)]) expect(parseSearch(text)).toBeNull();
  });
});

describe('parseImageFilter', () => {
  it('ignores invalid values in the address', () => {
    expect(parseImageFilter({ q: 2026, visibility: 'private' })).toEqual({
      q: '2026',
      visibility: 'private',
    });
    expect(parseImageFilter({ q: ['a'], visibility: 'secret' })).toEqual({});
    expect(parseImageFilter({ q: '<script>' })).toEqual({});
  });
});

describe('averageColor', () => {
  it('is the average color at the start of the hash', () => {
    // `HV6n` is 9934485, which is 0x979695.
    expect(averageColor('LEHV6nWB2yk8pyo0adR*.7kCMdnj')).toBe('rgb(151 150 149)');
  });

  it('is transparent for an invalid hash', () => {
    for (const hash of ['', 'L', 'L"""""']) expect(averageColor(hash)).toBe('transparent');
  });
});

describe('range', () => {
  const images = ['a', 'b', 'c', 'd'].map((key) => ({ key }));
  it('selects between two images in both directions', () => {
    expect(range(images, 'b', 'd')).toEqual(['b', 'c', 'd']);
    expect(range(images, 'd', 'b')).toEqual(['b', 'c', 'd']);
  });

  it('ignores an image that is no longer in the list', () => {
    expect(range(images, 'gone', 'b')).toEqual(['b']);
    expect(range(images, 'b', 'gone')).toEqual([]);
  });
});

describe('pictureSnippet', () => {
  const image = { url: 'https://cdn.example/my-app/abc123xyz0-a.jpg', width: 2000, height: 1000 };

  it('offers modern formats first, two densities, and the size', () => {
    const snippet = pictureSnippet(image, { width: 400 });
    expect(snippet).toContain('type="image/avif"');
    expect(snippet).toContain('?w=400&amp;fmt=avif 1x');
    expect(snippet).toContain('?w=800&amp;fmt=avif 2x');
    expect(snippet).toContain('width="400" height="200"');
  });

  it('never exceeds the largest size of the server', () => {
    expect(pictureSnippet(image, { width: 8000 })).toContain('w=8192');
    expect(pictureSnippet(image, { width: 8000 })).toContain('width="2000" height="1000"');
  });

  it('has the proportions of the box for cover and of the image for contain', () => {
    const box = { width: 300, height: 300 };
    expect(pictureSnippet(image, box)).toContain('width="300" height="300"');
    expect(pictureSnippet(image, { ...box, fit: 'contain' })).toContain('width="300" height="150"');
  });
});
