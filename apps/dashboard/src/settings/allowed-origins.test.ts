import { describe, expect, it } from 'vitest';
import { parseOrigins } from './allowed-origins.js';

describe('parseOrigins', () => {
  it('parses one per line and ignores empty lines, trailing slashes and duplicates', () => {
    expect(
      parseOrigins('\n https://App.example/ \nhttp://localhost:3000\r\nhttps://app.example'),
    ).toEqual({ ok: true, origins: ['https://app.example', 'http://localhost:3000'] });
  });

  it('accepts an empty text', () => {
    expect(parseOrigins('  \n ')).toEqual({ ok: true, origins: [] });
  });

  it.each([
    'app.example',
    'https://app.example/path',
    'https://app.example?x',
    'https://user@app.example',
    'ftp://app.example',
    '*',
    'null',
  ])('rejects %s', (line) => {
    expect(parseOrigins(`https://fine.example\n${line}`)).toEqual({
      ok: false,
      problem: 'malformed',
      line,
    });
  });

  it('accepts 50 at most', () => {
    const lines = (count: number) =>
      Array.from({ length: count }, (_, n) => `https://${n}.example`).join('\n');
    expect(parseOrigins(lines(50)).ok).toBe(true);
    expect(parseOrigins(lines(51))).toEqual({ ok: false, problem: 'too_many' });
  });
});
