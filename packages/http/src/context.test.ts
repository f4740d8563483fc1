import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pathOf, queryOf, targetOf } from './context.js';

describe('pathOf', () => {
  it.each([
    ['http://h/a/b?c=d/e', '/a/b'],
    ['http://h/a%2Fb', '/a%2Fb'],
    ['http://h', '/'],
    ['http://h/?x', '/'],
    ['http://h:1/a#b', '/a'],
  ])('%s is %s', (url, path) => expect(pathOf(targetOf(url))).toBe(path));

  it('agrees with the URL parser on every parsed URL', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'ab/?#&=%2f.+ é') }), (text) => {
        const { href: url, pathname, searchParams } = new URL(`http://host/${text}`);
        expect(pathOf(targetOf(url))).toBe(pathname);
        expect([...queryOf(targetOf(url))]).toEqual([...searchParams]);
      }),
    );
  });
});
