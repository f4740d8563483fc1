import { describe, expect, it } from 'vitest';
import { EdgeError } from '../errors.js';
import { readQuery } from './list.js';

const read = (text: string) => readQuery(new URLSearchParams(text));

function refusalOf(text: string): string {
  try {
    read(text);
  } catch (error) {
    if (error instanceof EdgeError) return `${error.code}: ${error.message}`;
    throw error;
  }
  return '';
}

describe('the query of a list', () => {
  it('asks for a hundred of all where it says nothing', () => {
    expect(read('')).toEqual({ limit: 100 });
    expect(read('w=400&unknown=x')).toEqual({ limit: 100 });
  });

  it('takes each filter', () => {
    const sha256 = '0123456789abcdef'.repeat(4);
    const text = `limit=5&cursor=abc&q=photo.jpg&visibility=private&sha256=${sha256}`;
    expect(read(text)).toEqual({
      limit: 5,
      cursor: 'abc',
      keyPart: 'photo.jpg',
      visibility: 'private',
      sha256,
    });
    expect(read(`q=${'a'.repeat(64)}`).keyPart).toHaveLength(64);
  });

  it.each(['q=', 'q=A', 'q=%25', 'q=_', 'q=a*', "q='", 'q=%00', `q=${'a'.repeat(65)}`])(
    '%s is refused by name',
    (text) => expect(refusalOf(text)).toMatch(/^field_invalid: "q" /),
  );

  it.each(['', 'Public', 'both', 'public,private'])('visibility=%s is refused by name', (text) =>
    expect(refusalOf(`visibility=${text}`)).toMatch(/^field_invalid: "visibility" /),
  );

  it.each(['', 'a'.repeat(63), 'A'.repeat(64), 'g'.repeat(64), `${'a'.repeat(64)}%0a`])(
    'sha256=%s is refused by name',
    (text) => expect(refusalOf(`sha256=${text}`)).toMatch(/^field_invalid: "sha256" /),
  );

  it.each(['0', '1001', '', '1e2', '-1'])('limit=%s is refused', (text) => {
    expect(refusalOf(`limit=${text}`)).toMatch(/^page_malformed: "limit" /);
  });
});
