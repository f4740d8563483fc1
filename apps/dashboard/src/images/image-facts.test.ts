import { describe, expect, it } from 'vitest';
import { averageColour } from './blurhash.js';
import { givenName, readSearch } from './image-facts.js';
import { readImageFilter } from './image-filter.js';
import { pictureSnippet } from './picture-snippet.js';
import { range } from './use-selection.js';

describe('givenName', () => {
  it('is the readable part of a key, or all of it where there is none', () => {
    expect(givenName('abc123xyz0-photo.jpg')).toBe('photo.jpg');
    expect(givenName('abc123xyz0.jpg')).toBe('abc123xyz0.jpg');
  });
});

describe('readSearch', () => {
  it('writes a search as keys are written', () => {
    expect(readSearch('  Team Photo ')).toBe('team-photo');
    expect(readSearch('')).toBe('');
  });

  it('finds nothing to search for in what no key has', () => {
    for (const text of ['50%', 'ä', 'a'.repeat(65)]) expect(readSearch(text)).toBeNull();
  });
});

describe('readImageFilter', () => {
  it('reads what stands in an address, whoever wrote it', () => {
    expect(readImageFilter({ q: 2026, visibility: 'private' })).toEqual({
      q: '2026',
      visibility: 'private',
    });
    expect(readImageFilter({ q: ['a'], visibility: 'secret' })).toEqual({});
    expect(readImageFilter({ q: '<script>' })).toEqual({});
  });
});

describe('averageColour', () => {
  it('is the mean that the hash begins with', () => {
    // `HV6n` is 9934485, which is 0x979695.
    expect(averageColour('LEHV6nWB2yk8pyo0adR*.7kCMdnj')).toBe('rgb(151 150 149)');
  });

  it('is no colour for what is no hash', () => {
    for (const hash of ['', 'L', 'L"""""']) expect(averageColour(hash)).toBe('transparent');
  });
});

describe('range', () => {
  const images = ['a', 'b', 'c', 'd'].map((key) => ({ key }));
  it('goes from one image to another in either direction', () => {
    expect(range(images, 'b', 'd')).toEqual(['b', 'c', 'd']);
    expect(range(images, 'd', 'b')).toEqual(['b', 'c', 'd']);
  });

  it('is the one that is left where the other is gone', () => {
    expect(range(images, 'gone', 'b')).toEqual(['b']);
    expect(range(images, 'b', 'gone')).toEqual([]);
  });
});

describe('pictureSnippet', () => {
  const image = { url: 'https://cdn.example/my-app/abc123xyz0-a.jpg', width: 2000, height: 1000 };

  it('offers modern formats first, twice the pixels, and takes its room', () => {
    const snippet = pictureSnippet(image, { width: 400 });
    expect(snippet).toContain('type="image/avif"');
    expect(snippet).toContain('?w=400&amp;fmt=avif 1x');
    expect(snippet).toContain('?w=800&amp;fmt=avif 2x');
    expect(snippet).toContain('width="400" height="200"');
  });

  it('asks for no more than the server gives', () => {
    expect(pictureSnippet(image, { width: 8000 })).toContain('w=8192');
    expect(pictureSnippet(image, { width: 8000 })).toContain('width="2000" height="1000"');
  });

  it('has the proportions of the box where both are given, and of the image inside it', () => {
    const box = { width: 300, height: 300 };
    expect(pictureSnippet(image, box)).toContain('width="300" height="300"');
    expect(pictureSnippet(image, { ...box, fit: 'contain' })).toContain('width="300" height="150"');
  });
});
