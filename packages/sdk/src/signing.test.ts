import fc from 'fast-check';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { anyText } from '../../protocol/src/testing/any-text.js';
import {
  AuraImage,
  InvalidSizeError,
  parseSize,
  type SignUploadOptions,
  type Visibility,
} from './index.js';
import { verifyServeToken, verifyUploadToken } from './server.js';

const SECRET_KEY = 'sk_live_never-to-be-shown';
const SERVE_SECRET = 'psk_live_never-to-be-shown';
const uploadOnly = { secretKey: SECRET_KEY, projectName: 'my-app' };
const aura = new AuraImage({
  ...uploadOnly,
  serveSecret: SERVE_SECRET,
  cdnUrl: 'https://cdn.example/',
});
/** What the upload route answers with, as far as it matters here. */
const uploadResponse = { key: 'abc123xyz0-photo.jpg' };

/** The claims of a token that the server would accept now. */
async function claimsOf(token: string) {
  const claims = await verifyUploadToken(token, SECRET_KEY);
  if (claims === null) throw new Error('the token is not valid');
  return claims;
}

/** What a signed URL opens, for how long. */
async function opened(url: string, key = uploadResponse.key) {
  const { origin, pathname, searchParams } = new URL(url);
  const token = searchParams.get('token') ?? '';
  const claims = await verifyServeToken(token, SERVE_SECRET, { image: { project: 'my-app', key } });
  if (claims === null) throw new Error('the token is not valid');
  const { exp, iat = Number.NaN } = claims;
  return { origin, pathname, parameters: [...searchParams.keys()], life: exp - iat };
}

describe('signUpload', () => {
  it('signs the token of the guide', async () => {
    const signature = await aura.signUpload({
      maxSize: '5mb',
      allowedTypes: ['image/*'],
      expiresIn: 3600,
      visibility: 'private',
    });
    const claims = await claimsOf(signature);
    expect(claims).toEqual({
      projectName: 'my-app',
      maxSize: 5_242_880,
      allowedTypes: ['image/*'],
      visibility: 'private',
      iat: claims.iat,
      exp: claims.iat + 3600,
    });
    expectTypeOf(signature).toEqualTypeOf<string>();
  });

  it('has defaults, and needs neither serveSecret nor cdnUrl', async () => {
    const claims = await claimsOf(await new AuraImage(uploadOnly).signUpload());
    expect(claims).toEqual({
      projectName: 'my-app',
      maxSize: 31_457_280,
      allowedTypes: ['image/*'],
      iat: claims.iat,
      exp: claims.iat + 3600,
    });
  });

  it('signs for another project of the account', async () => {
    const claims = await claimsOf(await aura.signUpload({ projectName: 'other' }));
    expect(claims.projectName).toBe('other');
  });

  it('makes only tokens that the server accepts', async () => {
    const options: fc.Arbitrary<SignUploadOptions> = fc.record(
      {
        maxSize: fc.oneof(fc.integer({ min: 1 }), fc.constantFrom('1b', '1.5gb', '500KB')),
        allowedTypes: fc.array(fc.constantFrom('image/*', 'image/png'), {
          minLength: 1,
          maxLength: 9,
        }),
        expiresIn: fc.integer({ min: 1, max: 1e9 }),
        visibility: fc.constantFrom<Visibility>('public', 'private'),
      },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(options, async (given) => {
        const claims = await claimsOf(await aura.signUpload(given));
        expect(claims.exp - claims.iat).toBe(given.expiresIn ?? 3600);
        expect(claims).not.toHaveProperty('act');
      }),
    );
  });

  it('signs a name, overwriting and metadata', async () => {
    const metadata = { album: 'summer', order: '7' };
    const named = { name: 'users/42/avatar.JPG', overwrite: true, metadata };
    const claims = await claimsOf(await aura.signUpload(named));
    expect(claims).toMatchObject({ name: 'users/42/avatar', overwrite: true, metadata });
    const plain = await claimsOf(await aura.signUpload({ overwrite: false }));
    expect(plain).toMatchObject({ overwrite: false });
  });

  it.each([
    ['name', { name: '' }, 'must not be empty'],
    ['name', { name: 7 }, 'must be a text'],
    ['name', { name: 'a b' }, 'letters, digits'],
    ['name', { name: '../a' }, 'letters, digits'],
    ['name', { name: 'a/w=4' }, 'letters, digits'],
    ['name', { name: 'a.jpg.png' }, 'extension'],
    ['name', { name: 'a'.repeat(256) }, '255'],
    ['name', { name: `${'a/'.repeat(16)}a` }, '16 pieces'],
    ['overwrite', { name: 'a', overwrite: 'yes' }, 'true or false'],
    ['overwrite', { overwrite: true }, 'beside a name'],
    ['metadata', { metadata: { Album: 'x' } }, '"Album"'],
    ['metadata', { metadata: { album: 7 } }, '"album"'],
    ['metadata', { metadata: { album: 'x'.repeat(2048) } }, '2048 bytes'],
    ['metadata', { metadata: null }, 'object'],
  ])('says what is wrong with %s: %j', async (option, options, words) => {
    const failed = await aura.signUpload(options as SignUploadOptions).catch((error) => error);
    expect(failed).toMatchObject({ name: 'AuraImageError', code: 'option_invalid' });
    expect(failed.message).toMatch(new RegExp(`^${option} `));
    expect(failed.message).toContain(words);
  });

  it.each([null, 'private', 7])('refuses the options %j', async (options) => {
    await expect(aura.signUpload(options as SignUploadOptions)).rejects.toMatchObject({
      code: 'option_invalid',
      message: 'signUpload() takes an object of options',
    });
  });

  it.each([
    ['maxSize', '5'],
    ['maxSize', 'big'],
    ['maxSize', 0],
    ['maxSize', -1],
    ['maxSize', Number.NaN],
    ['maxSize', null],
    ['maxSize', 5n],
    ['allowedTypes', []],
    ['allowedTypes', 'image/*'],
    ['allowedTypes', ['text/html']],
    ['allowedTypes', null],
    ['expiresIn', 0],
    ['expiresIn', -1],
    ['expiresIn', 1.5],
    ['expiresIn', Number.NaN],
    ['expiresIn', Number.POSITIVE_INFINITY],
    ['expiresIn', Number.MAX_SAFE_INTEGER],
    ['expiresIn', '600'],
    ['visibility', 'secret'],
    ['visibility', null],
  ])('refuses %s %o by name', async (option, value) => {
    const signing = aura.signUpload({ [option]: value });
    await expect(signing).rejects.toMatchObject({
      name: 'AuraImageError',
      code: 'option_invalid',
      message: expect.stringContaining(option),
    });
  });

  it('refuses a list of types that makes the token too long', async () => {
    const allowedTypes = Array.from({ length: 300 }, (_, index) => `image/x-type-${index}`);
    await expect(aura.signUpload({ allowedTypes })).rejects.toMatchObject({
      code: 'option_invalid',
      message: expect.stringContaining('allowedTypes'),
    });
  });

  it.each(['My App', 'v1', '', 'a/b'])('refuses the project %j', async (projectName) => {
    await expect(aura.signUpload({ projectName })).rejects.toMatchObject({
      message: expect.stringContaining('projectName'),
    });
  });
});

describe('getSignedUrl', () => {
  it('makes the URL of the guide', async () => {
    const url = await aura.getSignedUrl(uploadResponse.key, {
      expiresIn: 600, // 10 minutes
    });
    expect(await opened(url)).toEqual({
      origin: 'https://cdn.example',
      pathname: '/my-app/abc123xyz0-photo.jpg',
      parameters: ['token'],
      life: 600,
    });
    expectTypeOf(url).toEqualTypeOf<string>();
  });

  it.each([
    [undefined, 3600],
    [60, 60],
    [604_800, 604_800],
    [59, 60],
    [0, 60],
    [-1, 60],
    [Number.NEGATIVE_INFINITY, 60],
    [604_801, 604_800],
    [Number.POSITIVE_INFINITY, 604_800],
    [90.9, 90],
  ])('lives, asked for %s seconds, %i', async (expiresIn, life) => {
    const options = expiresIn === undefined ? {} : { expiresIn };
    expect(await opened(await aura.getSignedUrl(uploadResponse.key, options))).toMatchObject({
      life,
    });
  });

  it.each([Number.NaN, '600', null])('refuses the lifetime %j', async (expiresIn) => {
    const options = { expiresIn: expiresIn as number };
    await expect(aura.getSignedUrl(uploadResponse.key, options)).rejects.toMatchObject({
      code: 'option_invalid',
      message: 'expiresIn must be a number of seconds',
    });
  });

  it.each([
    ['http://localhost:8787', 'http://localhost:8787/my-app/'],
    ['https://example.org/images//', 'https://example.org/images/my-app/'],
  ])('takes another address: %s', async (cdnUrl, start) => {
    const url = await aura.getSignedUrl(uploadResponse.key, { cdnUrl });
    expect(url.startsWith(`${start}abc123xyz0-photo.jpg?token=`)).toBe(true);
  });

  it.each(['cdn.example', '', 'https://cdn.example?x'])('refuses the cdnUrl %j', async (cdnUrl) => {
    await expect(aura.getSignedUrl(uploadResponse.key, { cdnUrl })).rejects.toMatchObject({
      message: expect.stringContaining('cdnUrl'),
    });
  });

  it.each([
    ['serveSecret', 'AURA_SERVE_SECRET', { cdnUrl: 'https://cdn.example' }],
    ['cdnUrl', 'NEXT_PUBLIC_AURA_CDN_URL', { serveSecret: SERVE_SECRET }],
  ])('names the setting that it needs and lacks: %s', async (setting, variable, others) => {
    const lacking = new AuraImage({ ...uploadOnly, ...others });
    const signing = lacking.getSignedUrl(uploadResponse.key);
    await expect(signing).rejects.toMatchObject({ code: 'setting_missing' });
    await expect(signing).rejects.toThrow(`${setting} is missing`);
    await expect(signing).rejects.toThrow(variable);
    await expect(signing).rejects.not.toThrow('never-to-be-shown');
  });

  it.each([
    '',
    '.',
    '..',
    'my-app/abc123xyz0-photo.jpg',
    'blog/hero.webp',
    'blog//hero',
    'blog/../hero',
    'blog/hero/',
    'blog/w=400',
    '/x',
    'a\\b',
    '\ud800',
    undefined,
    null,
    5n,
  ])('refuses %o, which is no key', async (key) => {
    const signing = aura.getSignedUrl(key as string);
    await expect(signing).rejects.toMatchObject({ name: 'AuraImageError', code: 'key_invalid' });
  });

  it("signs what an <img> shows of a file that browsers do not show: format 'auto'", async () => {
    const key = 'abc123xyz0-photo.heic';
    const url = await aura.getSignedUrl(key, { format: 'auto' });
    expect(new URL(url).searchParams.get('fmt')).toBe('auto');
    expect(await opened(url, key)).toMatchObject({ pathname: `/my-app/${key}` });
  });

  it('keeps the slashes of a name', async () => {
    const url = await aura.getSignedUrl('users/42/avatar~1.v2');
    expect(await opened(url, 'users/42/avatar~1.v2')).toMatchObject({
      pathname: '/my-app/users/42/avatar~1.v2',
      parameters: ['token'],
    });
  });

  it.each([
    ['getSignedUrl', () => aura.getSignedUrl('a', { expiresin: 60 } as object), 'expiresIn'],
    ['getSignedUrls', () => aura.getSignedUrls([], { with: 60 } as object), 'width'],
    ['signUpload', () => aura.signUpload({ visibilty: 'private' } as object), 'visibility'],
    ['signUpload', () => aura.signUpload({ overWrite: true } as object), 'overwrite'],
  ])('%s refuses an unknown option and suggests the one that was meant', async (_, call, meant) => {
    const failed = await call().catch((error: unknown) => error);
    expect(failed).toMatchObject({ name: 'AuraImageError', code: 'option_unknown' });
    expect(String(failed)).toContain(`: did you mean "${meant}"?`);
    expect(String(failed)).toMatch(/The options are .*, expiresIn/);
  });

  it('signs any key of one segment, the same in URL and token', async () => {
    const keys = anyText({ minLength: 1, maxLength: 80 });
    await fc.assert(
      fc.asyncProperty(keys, async (key) => {
        fc.pre(!/[/\\]/.test(key) && !/^\.\.?$/.test(key));
        const { pathname, parameters } = await opened(await aura.getSignedUrl(key), key);
        expect([decodeURIComponent(pathname), ...parameters]).toEqual([`/my-app/${key}`, 'token']);
      }),
    );
  });
});

it('exports parseSize with its error', () => {
  expect(parseSize('5mb')).toBe(5_242_880);
  expect(() => parseSize('5')).toThrow(InvalidSizeError);
});
