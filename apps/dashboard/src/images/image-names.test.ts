import { parseName } from '@auraimage/protocol';
import { describe, expect, it } from 'vitest';
import { averageColor } from './blurhash.js';
import {
  downloadName,
  givenName,
  nameInFolder,
  parseImageFilter,
  parseSearch,
} from './image-names.js';
import { pictureSnippet } from './snippets.js';
import { range } from './use-selection.js';

describe('givenName', () => {
  it('is the readable part of a key, or the whole key if there is none', () => {
    expect(givenName('abc123xyz0-photo.jpg')).toBe('photo.jpg');
    expect(givenName('abc123xyz0.jpg')).toBe('abc123xyz0.jpg');
    expect(givenName('abc123xyz0-users/42')).toBe('abc123xyz0-users/42');
  });
});

describe('downloadName', () => {
  it('is the name that the file had, or one with the extension of its type', () => {
    const named = { key: 'users/42/avatar', masterFormat: 'jpeg' };
    expect(downloadName({ ...named, filename: 'Größe 1.jpg' })).toBe('Größe 1.jpg');
    expect(downloadName({ ...named, filename: null })).toBe('avatar.jpg');
    const generated = { key: 'abc123xyz0-photo.heic', masterFormat: 'heic', filename: null };
    expect(downloadName(generated)).toBe('photo.heic');
  });
});

describe('nameInFolder', () => {
  it.each([
    ['Größe 1.JPG', 'users/42/grosse-1'],
    ['IMG_0001.HEIC', 'users/42/img_0001'],
    ['a.b.png', 'users/42/a-b'],
    ['灯泡.png', 'users/42/image'],
    ['..', 'users/42/image'],
    ['photo.jpg.png', 'users/42/photo-jpg'],
    [`${'x'.repeat(300)}.png`, `users/42/${'x'.repeat(64)}`],
  ])('of %j is a name of the server: %s', (file, name) => {
    expect(nameInFolder('users/42/', file, [])).toBe(name);
    expect(parseName(name)).toEqual({ ok: true, name });
  });

  it('gets a number if the name is taken', () => {
    const taken = ['users/42/a', 'users/42/a-2', 'users/42/ab'];
    expect(nameInFolder('users/42/', 'a.png', taken)).toBe('users/42/a-3');
    expect(nameInFolder('users/42/', 'b.png', taken)).toBe('users/42/b');
  });
});

describe('parseSearch', () => {
  it('is the text without the spaces around it: names and file names have any characters', () => {
    expect(parseSearch('  Größe 50% ')).toBe('Größe 50%');
    expect(parseSearch('users/42/')).toBe('users/42/');
    expect(parseSearch('')).toBe('');
  });

  it.each([
    ['a'.repeat(70), 'a'.repeat(64)],
    [`${'a'.repeat(63)}😀`, 'a'.repeat(63)],
    ['\ud83d', ''],
    ['a\u0000b\tc', 'a b c'],
    ['e\u0301te\u0301', 'été'],
    ['ﷺİ', 'ﷺİ'],
  ])('makes %j a text that the server accepts', (typed, q) => {
    expect(parseSearch(typed)).toBe(q);
    expect(encodeURIComponent(parseSearch(typed)).length).toBeGreaterThanOrEqual(0);
  });
});

describe('parseImageFilter', () => {
  it('ignores invalid values in the address', () => {
    expect(parseImageFilter({ q: 2026, visibility: 'private' })).toEqual({
      q: '2026',
      visibility: 'private',
    });
    expect(parseImageFilter({ q: ['a'], visibility: 'secret' })).toEqual({});
    expect(parseImageFilter({ q: true })).toEqual({ q: 'true' });
    expect(parseImageFilter({ folder: '../x/' })).toEqual({});
  });

  it('has a folder, which excludes a search', () => {
    expect(parseImageFilter({ folder: 'users/42/', q: 'a' })).toEqual({ folder: 'users/42/' });
    expect(parseImageFilter({ folder: '' })).toEqual({ folder: '' });
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
  const key = 'abc123xyz0-a.jpg';
  const url = `https://cdn.example/my-app/${key}`;
  const image = { key, url, width: 2000, height: 1000, visibility: 'public' } as const;

  it('offers modern formats first, two densities, and the size', () => {
    const snippet = pictureSnippet(image, { width: 400 });
    expect(snippet).toContain('type="image/avif"');
    expect(snippet).toContain('?w=400&amp;fmt=avif 1x');
    expect(snippet).toContain('?w=800&amp;fmt=avif 2x');
    expect(snippet).toContain('width="400" height="200"');
  });

  it('signs the addresses of a private image when the code runs', async () => {
    const code = pictureSnippet({ ...image, visibility: 'private' }, { width: 400 });
    const aura = { getSignedUrl: async (name: string) => `https://cdn.example/${name}?token=t` };
    const run = new Function('aura', `return (async () => { ${code}\n return html; })()`);
    expect(await run(aura)).toBe(
      pictureSnippet({ ...image, url: `https://cdn.example/${key}?token=t` }, { width: 400 }),
    );
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
