import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeBase64url, encodeBase64url, isBase64url } from './base64url.js';

const SYMBOLS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const bytes = fc.uint8Array({ maxLength: 200 });
/** Mostly the alphabet, with padding, the other base64 and characters that merely look right. */
const nearlyBase64url = fc.string({
  unit: fc.constantFrom(...SYMBOLS, '=', '+', '/', '.', ' ', '\n', '\0', 'А', 'é', '\u{1f4f7}'),
  maxLength: 12,
});

describe('encodeBase64url', () => {
  it('encodes as Buffer does', () => {
    fc.assert(
      fc.property(bytes, (value) => {
        expect(encodeBase64url(value)).toBe(Buffer.from(value).toString('base64url'));
      }),
    );
  });

  it.each([
    ['', ''],
    ['f', 'Zg'],
    ['fo', 'Zm8'],
    ['foo', 'Zm9v'],
    ['foob', 'Zm9vYg'],
    ['fooba', 'Zm9vYmE'],
    ['foobar', 'Zm9vYmFy'],
  ])('writes %j of RFC 4648 §10 as %j', (text, encoded) => {
    expect(encodeBase64url(new TextEncoder().encode(text))).toBe(encoded);
  });
});

describe('decodeBase64url', () => {
  it('decodes every sequence of bytes', () => {
    fc.assert(
      fc.property(bytes, (value) => {
        expect(decodeBase64url(encodeBase64url(value))).toEqual(value);
      }),
    );
  });

  it('decodes exactly the texts that isBase64url accepts', () => {
    fc.assert(
      fc.property(nearlyBase64url, (text) => {
        expect(decodeBase64url(text) !== null).toBe(isBase64url(text));
      }),
    );
  });
});

describe('isBase64url', () => {
  it('accepts a text exactly if Buffer reproduces it', () => {
    fc.assert(
      fc.property(nearlyBase64url, (text) => {
        const canonical = Buffer.from(text, 'base64url').toString('base64url') === text;
        expect(isBase64url(text)).toBe(canonical);
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    [1, 0],
    [2, 256],
    [3, 65_536],
  ])('accepts one text of %i symbols for each sequence of bytes', (length, sequences) => {
    let texts = [''];
    for (let i = 0; i < length; i++) texts = texts.flatMap((t) => [...SYMBOLS].map((s) => t + s));
    const accepted = texts.filter(isBase64url);
    const decoded = new Set(accepted.map((text) => decodeBase64url(text)?.join()));
    expect([accepted.length, decoded.size]).toEqual([sequences, sequences]);
  });

  it.each(['Zg==', 'Zm8=', 'Zh', 'Zm9', '+w', '/w', 'Zm9v\n', '\nZm9v', 'Zg Zg', 'Zm9v.', 'A'])(
    'refuses %j',
    (text) => expect(isBase64url(text)).toBe(false),
  );
});
