import { parseReadPath, parseTransform } from '@auraimage/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  buildBlurhashUrl,
  buildServeUrl,
  parseServeUrl,
  type ServeUrlOptions,
} from './client/index.js';

const HERO = { cdnUrl: 'https://cdn.example', project: 'my-app', name: 'blog/hero' };
const KEY = 'abc123xyz0-photo.jpg';
const BASE = 'https://cdn.example/my-app';

describe('buildServeUrl', () => {
  it.each<[Partial<ServeUrlOptions>, string]>([
    [{}, '/blog/hero'],
    [{ width: 400, format: 'webp' }, '/w=400/blog/hero.webp'],
    [
      { format: 'jpeg', quality: 70, fit: 'contain', height: 300, width: 400, lqip: false },
      '/w=400,h=300,fit=contain,q=70/blog/hero.jpg',
    ],
    [{ format: 'avif' }, '/blog/hero.avif'],
    [{ format: 'auto' }, '/blog/hero'],
    [{ format: 'auto', width: 9000 }, '/w=8192/blog/hero'],
    [{ format: 'original' }, '/fmt=original/blog/hero'],
    [{ lqip: true, format: 'png' }, '/lqip=true/blog/hero.png'],
    [{ preset: 'card' }, '/blog/hero?preset=card'],
    [{ preset: 'card', v: 3, token: 'a.b' }, '/blog/hero?preset=card&v=3&token=a.b'],
    [{ v: 3 }, '/blog/hero?v=3'],
    [{ v: 'a b', width: 4 }, '/w=4/blog/hero?v=a%20b'],
    [{ token: 'a.b' }, '/blog/hero?token=a.b'],
    [{ token: 'a.b', v: 3, width: 4 }, '/w=4/blog/hero?v=3&token=a.b'],
    [{ name: KEY }, `/${KEY}`],
    [{ name: KEY, format: 'auto' }, `/fmt=auto/${KEY}`],
    [{ name: KEY, format: 'webp' }, `/${KEY}.webp`],
    [{ cdnUrl: 'https://cdn.example/' }, '/blog/hero'],
  ])('%j is %s', (change, path) => {
    expect(buildServeUrl({ ...HERO, ...change })).toBe(`${BASE}${path}`);
  });

  it.each<[string, object, string]>([
    ['option_unknown', { widht: 4 }, 'did you mean "width"?'],
    ['option_invalid', { width: 0 }, 'width must be'],
    ['option_invalid', { format: 'gif' }, 'format must be'],
    ['option_invalid', { format: 'original', width: 4 }, "format 'original'"],
    ['option_invalid', { preset: 'Card' }, 'preset must be'],
    ['option_invalid', { preset: 'card', width: 4 }, 'preset allows no other'],
    ['option_invalid', { cdnUrl: undefined }, 'cdnUrl must be'],
    ['option_invalid', { cdnUrl: 'https://user:x@cdn.example' }, 'cdnUrl must be'],
    ['option_invalid', { project: 'v1' }, 'project must be'],
    ['option_invalid', { project: undefined }, 'project must be'],
    ['key_invalid', { name: undefined }, 'not a key'],
    ['key_invalid', { name: 'blog/hero.webp' }, 'without project and extension'],
  ])('throws %s for %j', (code, change, words) => {
    const build = () => buildServeUrl({ ...HERO, ...change } as ServeUrlOptions);
    expect(build).toThrow(expect.objectContaining({ name: 'AuraImageError', code }));
    expect(build).toThrow(words);
  });

  it('builds what the server parses to the same image and transform', () => {
    const piece = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_~-]{0,9}$/);
    const name = fc.oneof(
      fc.array(piece, { minLength: 1, maxLength: 4 }).map((pieces) => pieces.join('/')),
      fc.constant(KEY),
    );
    const options = fc.record(
      {
        width: fc.integer({ min: 1, max: 8192 }),
        height: fc.integer({ min: 1, max: 8192 }),
        quality: fc.integer({ min: 1, max: 100 }),
        fit: fc.constantFrom('cover', 'contain', 'face', 'auto'),
        format: fc.constantFrom('avif', 'webp', 'jpeg', 'png'),
        lqip: fc.constant(true),
        v: fc.string(),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(name, options, (name, { v, ...given }) => {
        const url = new URL(buildServeUrl({ ...HERO, name, ...given, ...(v && { v }) }));
        const address = parseReadPath(url.pathname.slice(1));
        const [meant] = address?.candidates ?? [];
        expect(meant).toMatchObject({ key: name });
        const parsed = parseTransform(url.searchParams, {
          segment: address?.segment ?? null,
          format: meant?.format,
        });
        const { width: w, height: h, quality: q, format: fmt, fit, lqip } = given;
        const expected = Object.entries({ w, h, fit, q, fmt, lqip }).filter(([, value]) => value);
        const transform = expected.length === 0 ? null : Object.fromEntries(expected);
        expect(parsed).toEqual({ ok: true, transform });
      }),
    );
  });
});

describe('buildBlurhashUrl', () => {
  it('takes slashes as they are, and a token', () => {
    expect(buildBlurhashUrl(HERO)).toBe('https://cdn.example/v1/blurhash/my-app/blog/hero');
    const cdnUrl = 'https://example.org/images/';
    expect(buildBlurhashUrl({ ...HERO, cdnUrl, name: KEY, token: 'a.b' })).toBe(
      `https://example.org/images/v1/blurhash/my-app/${KEY}?token=a.b`,
    );
  });

  it('throws for unknown options and wrong names', () => {
    const wrong = { ...HERO, width: 4 };
    expect(() => buildBlurhashUrl(wrong)).toThrow('has no option "width"');
    expect(() => buildBlurhashUrl({ ...HERO, name: 'a//b' })).toThrow('not a key');
  });
});

describe('parseServeUrl', () => {
  it('reads what buildServeUrl built, whatever the transforms', () => {
    for (const name of ['blog/hero', 'a', KEY]) {
      for (const format of ['webp', 'jpeg', 'auto', 'original', undefined] as const) {
        const url = buildServeUrl({ ...HERO, name, format, v: 2 });
        expect(parseServeUrl(url)).toEqual({ ...HERO, name });
        expect(parseServeUrl(`${url}&token=a.b#x`)).toEqual({ ...HERO, name, token: 'a.b' });
      }
    }
    const cdnUrl = 'https://example.org/images';
    const url = buildServeUrl({ ...HERO, cdnUrl, width: 40, format: 'avif' });
    expect(parseServeUrl(url, `${cdnUrl}/`)).toEqual({ ...HERO, cdnUrl });
  });

  it.each([
    '',
    '/my-app/blog/hero',
    'https://other.example/my-app/blog/hero',
    'https://cdn.example.evil/my-app/blog/hero',
    'https://cdn.example/my-app',
    'https://cdn.example/v1/blurhash/my-app/blog/hero',
    'https://cdn.example/my-app/blog/w=4/hero',
    'https://cdn.example/my-app/blog%2Fhero',
  ])('is null for %j', (url) => expect(parseServeUrl(url, HERO.cdnUrl)).toBeNull());
});
