import { describe, expect, it } from 'vitest';
import { toCsv, wantsCsv } from './csv.js';

describe('toCsv', () => {
  it('writes lines of RFC 4180', () => {
    const columns = ['name', 'reads'];
    const rows = [
      ['a,b', 1],
      ['say "hi"', 0.5],
      ['two\r\nlines', true],
      ['', null],
    ];
    expect(toCsv({ fileName: 'a.csv', columns, rows })).toBe(
      'name,reads\r\n"a,b",1\r\n"say ""hi""",0.5\r\n"two\r\nlines",true\r\n,\r\n',
    );
    expect(toCsv({ fileName: 'a.csv', columns, rows: [] })).toBe('name,reads\r\n');
  });

  it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1'])('makes no formula of %j', (text) => {
    const [, cell = ''] = toCsv({ fileName: 'a.csv', columns: ['x'], rows: [[text]] }).split(
      '\r\n',
    );
    expect(cell.replace(/^"/, '')).toMatch(/^'/);
  });

  it('leaves negative numbers as they are', () => {
    expect(toCsv({ fileName: 'a.csv', columns: ['x'], rows: [[-1]] })).toBe('x\r\n-1\r\n');
  });
});

describe('wantsCsv', () => {
  it.each([
    ['', 'text/csv', true],
    ['', 'application/json, text/csv;q=0.9', true],
    ['', 'application/json', false],
    ['', 'text/csvx', false],
    ['', undefined, false],
    ['?format=csv', 'application/json', true],
    ['?format=json', 'text/csv', false],
  ])('of %j with Accept %j is %j', (query, accept, expected) => {
    const headers = new Headers(accept === undefined ? {} : { accept });
    expect(wantsCsv({ url: `https://app.example/v1/x${query}`, headers })).toBe(expected);
  });
});
