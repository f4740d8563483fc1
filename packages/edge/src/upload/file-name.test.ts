import {
  isGeneratedKey,
  isKey,
  MASTER_TYPES,
  type MasterType,
  parseName,
} from '@auraimage/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyText } from '../../../protocol/src/testing/any-text.js';
import { keptFileName, makeKey, slug } from './file-name.js';

const types = Object.keys(MASTER_TYPES) as MasterType[];
const names = anyText({ maxLength: 800 });

describe('makeKey', () => {
  it('makes a key of any name and type', () => {
    fc.assert(
      fc.property(names, fc.constantFrom(...types), (filename, type) => {
        const key = makeKey(filename, type);
        expect(isGeneratedKey(key)).toBe(true);
        expect(isKey(key)).toBe(true);
        expect(parseName(key)).not.toMatchObject({ name: key });
        expect(key.endsWith(`-${slug(filename)}.${MASTER_TYPES[type]}`)).toBe(true);
        expect(encodeURIComponent(key)).toBe(key);
      }),
    );
  });

  it('takes the extension from the detected type, never from the name', () => {
    expect(makeKey('page.html', 'image/png')).toMatch(/^[a-z0-9]{10}-page\.png$/);
    expect(makeKey('photo.jpg.svg', 'image/webp')).toMatch(/^[a-z0-9]{10}-photo-jpg\.webp$/);
  });

  it('does not make the same key twice', () => {
    const keys = Array.from({ length: 1000 }, () => makeKey('photo.jpg', 'image/jpeg'));
    expect(new Set(keys).size).toBe(1000);
  });

  it('skips bytes that would favour a character', () => {
    const answers = [
      new Uint8Array(10).fill(255),
      Uint8Array.from([252, 253, 254, 0, 1, 35, 36, 251]),
    ];
    const random = () => answers.shift() ?? new Uint8Array(10);
    expect(makeKey('x', 'image/jpeg', random)).toBe('ab9a9aaaaa-x.jpg');
  });
});

describe('slug', () => {
  it.each([
    ['photo.jpg', 'photo'],
    ['Été à Paris.HEIC.png', 'ete-a-paris-heic'],
    ['C:\\fakepath\\My Photo.JPG', 'my-photo'],
    ['../../etc/passwd', 'passwd'],
    ['.htaccess', 'image'],
    ['', 'image'],
    ['灯泡.jpg', 'dengpao'],
    ['größe.jpg', 'grosse'],
    ['gro\u0308ße.jpg', 'grosse'],
    ['\u202e\u0301.jpg', 'image'],
    ['---.png', 'image'],
    ['a/b/', 'image'],
    ['ﬁne①.gif', 'fine1'],
    [`${'x'.repeat(63)} y.png`, 'x'.repeat(63)],
    ['x'.repeat(100), 'x'.repeat(64)],
  ])('makes of %j %j', (filename, expected) => expect(slug(filename)).toBe(expected));

  it('has only letters, digits and single hyphens for any name', () => {
    fc.assert(
      fc.property(names, (filename) => {
        const made = slug(filename);
        expect(made).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
        expect(made.length).toBeLessThanOrEqual(64);
        expect(slug(made)).toBe(made);
      }),
    );
  });
});

describe('keptFileName', () => {
  it.each([
    ['photo.jpg', 'photo.jpg'],
    ['C:\\fakepath\\Größe 灯泡.JPG', 'Größe 灯泡.JPG'],
    ['a/b/c.png', 'c.png'],
    ['a\0b\nc\x7f.png', 'abc.png'],
    ['\ud800x.png', 'x.png'],
    [' spaced .png ', 'spaced .png'],
    ['', null],
    ['a/', null],
    ['\n', null],
    ['x'.repeat(300), 'x'.repeat(255)],
    ['ß'.repeat(300), 'ß'.repeat(127)],
    ['📷'.repeat(100), '📷'.repeat(63)],
  ])('keeps of %j %j', (filename, kept) => expect(keptFileName(filename)).toBe(kept));

  it('has no control character and at most 255 bytes for any name', () => {
    fc.assert(
      fc.property(names, (filename) => {
        const kept = keptFileName(filename);
        if (kept === null) return;
        expect(kept).not.toMatch(/[\p{Cc}\p{Cs}/\\]/u);
        expect(Buffer.byteLength(kept)).toBeLessThanOrEqual(255);
        expect(keptFileName(kept)).toBe(kept.trim() === '' ? null : kept.trim());
      }),
    );
  });
});
