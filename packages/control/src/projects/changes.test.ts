import { describe, expect, it } from 'vitest';
import { normalizeOrigins } from './changes.js';

describe('normalizeOrigins', () => {
  it.each([
    ['https://app.example', 'https://app.example'],
    ['https://App.Example/', 'https://app.example'],
    ['HTTPS://app.example:443', 'https://app.example'],
    ['http://localhost:3000', 'http://localhost:3000'],
    ['https://müller.example', 'https://xn--mller-kva.example'],
    ['http://[::1]:8080', 'http://[::1]:8080'],
  ])('converts %s to what browsers send: %s', (text, origin) => {
    expect(normalizeOrigins([text])).toEqual([origin]);
  });

  it('removes duplicates and keeps the order', () => {
    const origins = ['https://b.example', 'https://a.example', 'https://B.example/'];
    expect(normalizeOrigins(origins)).toEqual(['https://b.example', 'https://a.example']);
  });

  it.each([
    '',
    '*',
    'null',
    'app.example',
    '//app.example',
    'https://',
    'https://*.app.example',
    'https://app.example/path',
    'https://app.example?x',
    'https://app.example#x',
    'https://user@app.example',
    'ftp://app.example',
    'file:///etc/passwd',
    'javascript:alert(1)',
    `https://${'a'.repeat(300)}.example`,
  ])('refuses %j', (text) => {
    expect(() => normalizeOrigins([text])).toThrow(
      expect.objectContaining({ code: 'origin_malformed' }),
    );
  });

  it('accepts at most 50', () => {
    const many = Array.from({ length: 51 }, (_, n) => `https://a${n}.example`);
    expect(normalizeOrigins(many.slice(1))).toHaveLength(50);
    expect(() => normalizeOrigins(many)).toThrow(
      expect.objectContaining({ code: 'origin_malformed' }),
    );
  });
});
