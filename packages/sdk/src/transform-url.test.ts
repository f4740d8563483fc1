import { parseTransform } from '@auraimage/protocol';
import fc from 'fast-check';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { AuraImage, type SignedUrlOptions, type TransformOptions, transformUrl } from './index.js';
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
    [
      PLAIN,
      { width: 9, dpr: 1.500001, gravity: 'top-left', flip: 'h', rotate: 90, trim: true },
      `${PLAIN}?w=9&dpr=1.5&gravity=top-left&trim=10&flip=h&rotate=90`,
    ],
    [
      PLAIN,
      { focalPoint: { x: 1 / 3, y: 1e-9 }, background: 'F80', gray: true, sharpen: 1 },
      `${PLAIN}?fp=0.3333x0&bg=ff8800&gray=true&sharpen=1`,
    ],
    [`${PLAIN}?rotate=90&gray=true&trim=10`, { rotate: 0, gray: false, trim: false }, PLAIN],
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
    ['dpr', 0],
    ['gravity', 'middle'],
    ['focalPoint', { x: 0.5 }],
    ['focalPoint', { x: '0.5', y: 0.5 }],
    ['focalPoint', { x: 1.1, y: 0.5 }],
    ['trim', 101],
    ['flip', 'x'],
    ['rotate', 45],
    ['background', '#fff'],
    ['sharpen', 11],
  ])('refuses %s %o by name', (option, value) => {
    const transform = () => transformUrl(PLAIN, { [option]: value });
    expect(transform).toThrow(`${option} must be `);
    expect(transform).toThrow(expect.objectContaining({ code: 'option_invalid' }));
  });

  it('sets a preset in place of other transforms, and others in place of a preset', () => {
    const url = '/my-app/photo?token=a.b&w=4&fmt=webp';
    const named = transformUrl(url, { preset: 'card', lqip: false });
    expect(named).toBe('/my-app/photo?token=a.b&preset=card');
    expect(transformUrl(named, {})).toBe(named);
    expect(transformUrl(named, { width: 8 })).toBe('/my-app/photo?token=a.b&w=8');
  });

  it('makes only parameters that the server accepts', () => {
    const options = fc.record(
      {
        width: fc.integer({ min: 1, max: 20_000 }),
        height: fc.integer({ min: 1, max: 20_000 }),
        quality: fc.integer({ min: 1, max: 100 }),
        fit: fc.constant('cover'),
        format: fc.constantFrom('auto', 'avif', 'webp', 'jpeg', 'png'),
        trim: fc.oneof(fc.boolean(), fc.integer({ min: 1, max: 100 })),
        focalPoint: fc.record({
          x: fc.double({ min: 0, max: 1, noNaN: true }),
          y: fc.double({ min: 0, max: 1, noNaN: true }),
        }),
        sharpen: fc.integer({ min: 0, max: 100 }).map((tenths) => tenths * 0.1),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(options, (given) => {
        const { searchParams } = new URL(transformUrl(PLAIN, given));
        const parsed = parseTransform(searchParams);
        expect(parsed).toMatchObject({ ok: true });
      }),
    );
  });

  it('has types', () => {
    expectTypeOf<{ fit: 'stretch' }>().not.toExtend<TransformOptions>();
    expectTypeOf<{ format: 'gif' }>().not.toExtend<TransformOptions>();
    expectTypeOf<{ width: number; fit: 'face'; format: 'avif' }>().toExtend<TransformOptions>();
  });
});

describe('getSignedUrl with transforms', () => {
  const key = 'users/42/avatar';
  const opened = async (options: SignedUrlOptions) => {
    const { pathname, searchParams } = new URL(await aura.getSignedUrl(key, options));
    const { token = '', ...others } = Object.fromEntries(searchParams);
    const image = { project: 'my-app', key };
    const claims = await verifyServeToken(token, SERVE_SECRET, { image });
    return { pathname, others, life: (claims?.exp ?? 0) - (claims?.iat ?? 0) };
  };

  it('adds them behind the token, which covers none of them', async () => {
    const options = {
      expiresIn: 600,
      width: 400,
      height: 300,
      format: 'webp',
      fit: 'face',
    } as const;
    expect(await opened(options)).toEqual({
      pathname: '/my-app/users/42/avatar',
      others: { w: '400', h: '300', fit: 'face', fmt: 'webp' },
      life: 600,
    });
    expect((await opened({ lqip: true, quality: 20 })).others).toEqual({ lqip: 'true', q: '20' });
    expect((await opened({ lqip: false })).others).toEqual({});
  });

  it('makes a download of it', async () => {
    expect((await opened({ download: true, format: 'original' })).others).toEqual({
      download: '',
      fmt: 'original',
    });
    expect((await opened({ download: 'Größe & ?.jpg' })).others).toEqual({
      download: 'Größe & ?.jpg',
    });
    expect((await opened({ download: false })).others).toEqual({});
  });

  it.each<[string, unknown]>([
    ['width', 0],
    ['format', 'gif'],
    ['download', ''],
    ['download', 'a\nb'],
    ['download', '\ud800'],
    ['download', 'ü'.repeat(128)],
    ['download', 1],
  ])('refuses %s %j by name', async (option, value) => {
    const signing = aura.getSignedUrl(key, { [option]: value } as SignedUrlOptions);
    await expect(signing).rejects.toMatchObject({ code: 'option_invalid' });
    await expect(signing).rejects.toThrow(`${option} must be`);
  });

  it('refuses transforms of the original', async () => {
    await expect(aura.getSignedUrl(key, { format: 'original', width: 4 })).rejects.toThrow(
      "format 'original' allows no other transform",
    );
  });
});
