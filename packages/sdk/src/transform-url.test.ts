import { parseTransform } from '@auraimage/protocol';
import fc from 'fast-check';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { AuraImage, type TransformOptions, transformUrl, type UrlOptions } from './index.js';
import { verifyServeToken } from './server.js';

const KEY = 'abc123xyz0-photo.jpg';
const PLAIN = `https://cdn.example/my-app/${KEY}`;
const SERVE_SECRET = 'psk_live_test';
const aura = new AuraImage({
  secretKey: 'sk_live_test',
  serveSecret: SERVE_SECRET,
  projectName: 'my-app',
  cdnUrl: 'https://cdn.example',
});

describe('transformUrl', () => {
  it.each<[string, TransformOptions, string]>([
    [PLAIN, {}, PLAIN],
    [PLAIN, { width: undefined }, PLAIN],
    [PLAIN, { width: 400 }, `${PLAIN}?w=400`],
    [PLAIN, { width: 9000 }, `${PLAIN}?w=8192`],
    [
      PLAIN,
      { format: 'webp', quality: 70, fit: 'face', height: 300, width: 400 },
      `${PLAIN}?w=400&h=300&fit=face&q=70&fmt=webp`,
    ],
    [PLAIN, { lqip: true }, `${PLAIN}?lqip=true`],
    [`${PLAIN}?lqip=true`, { lqip: false }, PLAIN],
    [`${PLAIN}?token=a_b-c.d-e_f`, { width: 400 }, `${PLAIN}?token=a_b-c.d-e_f&w=400`],
    [`${PLAIN}?w=100&token=a.b`, { width: 400 }, `${PLAIN}?w=400&token=a.b`],
    [`/my-app/${KEY}#top`, { width: 400 }, `/my-app/${KEY}?w=400#top`],
  ])('%s with %o', (url, options, expected) => {
    expect(transformUrl(url, options)).toBe(expected);
  });

  it.each([
    ['width', 0],
    ['width', 1.5],
    ['width', Number.NaN],
    ['height', -1],
    ['quality', 101],
    ['fit', 'stretch'],
    ['format', 'gif'],
    ['lqip', 'yes'],
    ['width', null],
  ])('refuses %s %o by name', (option, value) => {
    const transform = () => transformUrl(PLAIN, { [option]: value });
    expect(transform).toThrow(`${option} must be `);
    expect(transform).toThrow(expect.objectContaining({ code: 'option_invalid' }));
  });

  it('makes only parameters that the server accepts', () => {
    const options = fc.record(
      {
        width: fc.integer({ min: 1, max: 20_000 }),
        height: fc.integer({ min: 1, max: 20_000 }),
        quality: fc.integer({ min: 1, max: 100 }),
        fit: fc.constantFrom('cover', 'contain', 'face', 'auto'),
        format: fc.constantFrom('auto', 'avif', 'webp', 'jpeg', 'png'),
        lqip: fc.boolean(),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(options, (given) => {
        const { searchParams } = new URL(transformUrl(PLAIN, given));
        expect(parseTransform(searchParams).ok).toBe(true);
      }),
    );
  });

  it('has types', () => {
    expectTypeOf<{ fit: 'stretch' }>().not.toExtend<TransformOptions>();
    expectTypeOf<{ format: 'gif' }>().not.toExtend<TransformOptions>();
    expectTypeOf<{ width: number; fit: 'face'; format: 'avif' }>().toExtend<TransformOptions>();
  });
});

describe('urlFor', () => {
  it('makes public URLs', async () => {
    expect(await aura.urlFor(KEY)).toBe(PLAIN);
    expect(await aura.urlFor(KEY, { width: 400, signed: false })).toBe(`${PLAIN}?w=400`);
    const cdnUrl = 'https://other.example';
    expect(await aura.urlFor(KEY, { cdnUrl })).toBe(`https://other.example/my-app/${KEY}`);
  });

  it.each([
    [true, 3600],
    [{ expiresIn: 600 }, 600],
  ])('signs with %o', async (signed, life) => {
    const url = new URL(await aura.urlFor(KEY, { width: 400, signed }));
    expect(url.searchParams.get('w')).toBe('400');
    const token = url.searchParams.get('token') ?? '';
    const image = { project: 'my-app', key: KEY };
    const claims = await verifyServeToken(token, SERVE_SECRET, { image });
    expect((claims?.exp ?? 0) - (claims?.iat ?? 0)).toBe(life);
  });

  it('needs cdnUrl, and serveSecret to sign', async () => {
    const bare = { secretKey: 'sk_live_test', projectName: 'my-app' };
    await expect(new AuraImage(bare).urlFor(KEY)).rejects.toThrow('cdnUrl is missing');
    const publicOnly = new AuraImage({ ...bare, cdnUrl: 'https://cdn.example' });
    expect(await publicOnly.urlFor(KEY)).toBe(PLAIN);
    await expect(publicOnly.urlFor(KEY, { signed: true })).rejects.toThrow(
      'serveSecret is missing',
    );
    await expect(aura.urlFor('my-app/x')).rejects.toMatchObject({ code: 'key_invalid' });
    await expect(aura.urlFor(KEY, { width: 0 })).rejects.toMatchObject({ code: 'option_invalid' });
    expectTypeOf(aura.urlFor).returns.resolves.toEqualTypeOf<string>();
    expectTypeOf<{ signed: { stableFor: number } }>().toExtend<UrlOptions>();
  });
});
