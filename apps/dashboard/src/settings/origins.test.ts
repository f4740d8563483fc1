import { describe, expect, it } from 'vitest';
import { readOrigins } from './origins.js';

describe('readOrigins', () => {
  it('reads one a line, with empty lines, slashes at the end and repetitions', () => {
    expect(
      readOrigins('\n https://App.example/ \nhttp://localhost:3000\r\nhttps://app.example'),
    ).toEqual({ ok: true, origins: ['https://app.example', 'http://localhost:3000'] });
  });

  it('takes nothing for any origin', () => {
    expect(readOrigins('  \n ')).toEqual({ ok: true, origins: [] });
  });

  it.each([
    'app.example',
    'https://app.example/path',
    'https://app.example?x',
    'https://user@app.example',
    'ftp://app.example',
    '*',
    'null',
  ])('names %s as wrong', (line) => {
    expect(readOrigins(`https://fine.example\n${line}`)).toEqual({
      ok: false,
      problem: 'malformed',
      line,
    });
  });

  it('takes 50 and no more', () => {
    const lines = (count: number) =>
      Array.from({ length: count }, (_, n) => `https://${n}.example`).join('\n');
    expect(readOrigins(lines(50)).ok).toBe(true);
    expect(readOrigins(lines(51))).toEqual({ ok: false, problem: 'too_many' });
  });
});
