import { describe, expect, it } from 'vitest';
import { cookieTokens } from './cookies.js';

const tokensOf = (cookie: string, headers: Record<string, string> = {}) =>
  cookieTokens(new Headers({ Cookie: cookie, ...headers }));

describe('cookieTokens', () => {
  it('are those of the name, in order', () => {
    expect(tokensOf('aura-token=a.b')).toEqual(['a.b']);
    expect(tokensOf('theme=dark;aura-token=a.b; aura-token=c.d ; x=aura-token=e')).toEqual([
      ...['a.b', 'c.d'],
    ]);
    for (const none of ['', ';;', 'aura-token', 'aura-token=', 'Aura-Token=a', 'aura-tokens=a']) {
      expect(tokensOf(none), none).toEqual([]);
    }
    expect(cookieTokens(new Headers())).toEqual([]);
  });

  it('are the first eight', () => {
    const cookies = Array.from({ length: 20 }, (_, i) => `aura-token=${i}`).join('; ');
    expect(tokensOf(cookies)).toEqual(['0', '1', '2', '3', '4', '5', '6', '7']);
  });

  it('are bounded', () => {
    const long = `${'x'.repeat(32_768)}; aura-token=a`;
    expect(tokensOf(long)).toEqual([]);
    expect(tokensOf(';'.repeat(1_000_000))).toEqual([]);
  });

  it('are none if a page of another site makes the request', () => {
    const from = (site: string) => tokensOf('aura-token=a.b', { 'Sec-Fetch-Site': site });
    expect(from('cross-site')).toEqual([]);
    for (const site of ['same-origin', 'same-site', 'none']) expect(from(site)).toEqual(['a.b']);
  });
});
