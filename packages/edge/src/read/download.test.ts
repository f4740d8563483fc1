import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyText } from '../../../protocol/src/testing/any-text.js';
import { dispositionOf } from './download.js';

const IMAGE = { key: 'users/42/avatar', fileName: 'IMG_1.HEIC', type: 'image/heic' } as const;

describe('dispositionOf', () => {
  it.each([
    ['the file name', {}, 'image/heic', '', 'IMG_1.HEIC'],
    ['the extension of what is sent', {}, 'image/jpeg', '', 'IMG_1.jpg'],
    [
      'the extension of what is sent of a JPEG XL',
      { fileName: 'a.jxl' },
      'image/jpeg',
      '',
      'a.jpg',
    ],
    ['the end of the key without a file name', { fileName: null }, 'image/webp', '', 'avatar.webp'],
    ['a file name without extension', { fileName: 'scan' }, 'image/heic', '', 'scan.heic'],
    ['the requested name', {}, 'image/jpeg', 'me.jpeg', 'me.jpeg'],
    ['the end of a requested path', {}, 'image/jpeg', '../../me.jpeg', 'me.jpeg'],
    ['no requested name of control characters', {}, 'image/jpeg', '\r\n', 'IMG_1.jpg'],
  ])('has %s', (_, changes, type, requested, name) => {
    const expected = `attachment; filename="${name}"; filename*=UTF-8''${name}`;
    expect(dispositionOf({ ...IMAGE, ...changes }, type, requested)).toBe(expected);
  });

  it('encodes other letters, and gives old clients a readable name', () => {
    const name = dispositionOf(
      { ...IMAGE, fileName: `Größe's "灯泡" 50%(1).heic` },
      'image/heic',
      '',
    );
    expect(name).toBe(
      `attachment; filename="Gr__e's ____ 50_(1).heic"; filename*=UTF-8''Gr%C3%B6%C3%9Fe%27s%20%22%E7%81%AF%E6%B3%A1%22%2050%25%281%29.heic`,
    );
  });

  it('is one header value of one file name, for any text', () => {
    fc.assert(
      fc.property(anyText(), (requested) => {
        const value = dispositionOf(IMAGE, 'image/heic', requested);
        expect(value).toMatch(
          /^attachment; filename="[\x20-\x21\x23-\x5b\x5d-\x7e]+"; filename\*=UTF-8''[A-Za-z0-9!#$&+.^_`|~%-]+$/,
        );
      }),
    );
  });
});
