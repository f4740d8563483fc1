import { afterEach, beforeEach, describe, expect, expectTypeOf, it, vi } from 'vitest';
import { AuraImage, type CookieOptions, type SignedFolder } from './index.js';
import { signServeToken, signUploadToken, verifyServeToken } from './server.js';

const SECRET = 'psk_live_never-to-be-shown';
const NOW = 1_893_456_000;
const SETTINGS = {
  secretKey: 'sk_live_never-to-be-shown',
  serveSecret: SECRET,
  projectName: 'my-app',
  cdnUrl: 'https://images.example.com',
};
const aura = new AuraImage(SETTINGS);

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: NOW * 1000 });
});
afterEach(() => {
  vi.useRealTimers();
});

const claimsOf = (token: string) => verifyServeToken(token, SECRET, { now: NOW });
const tokenOf = (url: string) => new URL(url).searchParams.get('token') ?? '';
/** The message of a failed call. */
const failureOf = async (call: () => unknown) => {
  try {
    await call();
  } catch (error) {
    return error;
  }
  throw new Error('it did not fail');
};

describe('maxEdge and recipient', () => {
  it('are claims of the token, beside transforms', async () => {
    const options = { maxEdge: 800, recipient: 'customer:42', expiresIn: 600, width: 400 };
    const url = await aura.getSignedUrl('blog/hero', options);
    expect(url.replace(/token=[^&]*/, '')).toBe(
      'https://images.example.com/my-app/blog/hero?&w=400',
    );
    const times = { iat: NOW, exp: NOW + 600 };
    expect(await claimsOf(tokenOf(url))).toEqual({
      ...{ p: 'my-app', f: 'blog/hero', max: 800, sub: 'customer:42' },
      ...times,
    });
    const plain = await aura.getSignedUrl('blog/hero', { expiresIn: 600 });
    expect(await claimsOf(tokenOf(plain))).toEqual({ p: 'my-app', f: 'blog/hero', ...times });
  });

  it('keep the URL of a time window the same', async () => {
    const options = { maxEdge: 800, stableFor: 300 };
    const [first] = await aura.getSignedUrls(['blog/hero'], options);
    vi.setSystemTime((NOW + 299) * 1000);
    expect(await aura.getSignedUrls(['blog/hero'], options)).toEqual([first]);
    const [other] = await aura.getSignedUrls(['blog/hero'], { ...options, maxEdge: 801 });
    expect(other).not.toBe(first);
  });

  it.each([
    ['maxEdge', { maxEdge: 0 }],
    ['maxEdge', { maxEdge: 8193 }],
    ['maxEdge', { maxEdge: 1.5 }],
    ['maxEdge', { maxEdge: '800' }],
    ['maxEdge', { maxEdge: null }],
    ['maxEdge', { maxEdge: 800, format: 'original' }],
    ['maxEdge', { maxEdge: 800, metadata: 'none' }],
    ['recipient', { recipient: '' }],
    ['recipient', { recipient: 'customer 42' }],
    ['recipient', { recipient: 'x'.repeat(65) }],
    ['recipient', { recipient: 42 }],
  ])('refuses %s of %j', async (option, options) => {
    const failure = await failureOf(() => aura.getSignedUrl('blog/hero', options as object));
    expect(failure).toMatchObject({ code: 'option_invalid' });
    expect(String(failure)).toContain(`${option} must be`);
  });
});

describe('signFolder', () => {
  it('signs a token for all images of the folder, and makes their URLs', async () => {
    const album = await aura.signFolder('users/42/', { expiresIn: 600, maxEdge: 1600 });
    expectTypeOf(album).toEqualTypeOf<SignedFolder>();
    const claims = { p: 'my-app', d: 'users/42/', iat: NOW, exp: NOW + 600, max: 1600 };
    expect(await claimsOf(album.token)).toEqual(claims);
    const { token } = album;
    const base = 'https://images.example.com/my-app/users/42';
    expect(album.url('users/42/june')).toBe(`${base}/june?token=${token}`);
    expect(album.url('users/42/2026/june', { width: 400, download: 'a.jpg' })).toBe(
      `${base}/2026/june?token=${token}&w=400&download=a.jpg`,
    );
    expect(JSON.parse(JSON.stringify(album))).toEqual({
      ...{ prefix: 'users/42/', token, expiresAt: '2030-01-01T00:10:00.000Z' },
    });
  });

  it('takes another CDN, and names the settings that it lacks', async () => {
    const album = await aura.signFolder('a/', { cdnUrl: 'https://example.org/images/' });
    expect(album.url('a/b')).toMatch(/^https:\/\/example\.org\/images\/my-app\/a\/b\?token=/);
    for (const setting of ['serveSecret', 'cdnUrl']) {
      const lacking = new AuraImage({ ...SETTINGS, [setting]: undefined });
      const failure = await failureOf(() => lacking.signFolder('a/'));
      expect(failure).toMatchObject({ code: 'setting_missing' });
      expect(String(failure)).toContain(setting);
    }
  });

  it.each(['', '/', 'users/42', '/users/', 'users//', '../', 'users/w=4/', 42, undefined])(
    'refuses the folder %j',
    async (prefix) => {
      const failure = await failureOf(() => aura.signFolder(prefix as string));
      expect(failure).toMatchObject({ code: 'option_invalid' });
      expect(String(failure)).toContain("'users/42/'");
    },
  );

  it('refuses what the token would not open', async () => {
    const album = await aura.signFolder('users/42/', { maxEdge: 800 });
    for (const key of [
      'users/421',
      'users/4',
      'abc123xyz0-photo.jpg',
      'users/42/',
      'users/42/../x',
    ]) {
      expect(await failureOf(() => album.url(key)), key).toMatchObject({ code: 'key_invalid' });
    }
    const original = await failureOf(() => album.url('users/42/a', { format: 'original' }));
    expect(original).toMatchObject({ code: 'option_invalid' });
    const typed = await failureOf(() => album.url('users/42/a', { widht: 4 } as object));
    expect(String(typed)).toContain('did you mean "width"?');
    const option = await failureOf(() => aura.signFolder('users/42/', { width: 4 } as object));
    expect(String(option)).toContain('signFolder() has no option "width"');
  });
});

describe('cookie', () => {
  const DOMAIN = { domain: 'example.com' };

  it('gives the token of a folder to the CDN, for pages of the same site', async () => {
    const album = await aura.signFolder('users/42/', { expiresIn: 600 });
    vi.setSystemTime((NOW + 100) * 1000);
    expect(aura.cookie(album, DOMAIN)).toBe(
      `aura-token=${album.token}; Max-Age=500; Domain=example.com; Path=/my-app/users/42/; Secure; HttpOnly; SameSite=Strict`,
    );
    expect(aura.cookie(album.token, DOMAIN)).toBe(aura.cookie(album, DOMAIN));
  });

  it('gives that of one image, from its URL', async () => {
    const url = await aura.getSignedUrl('blog/hero', { width: 400 });
    expect(aura.cookie(url)).toBe(
      `aura-token=${tokenOf(url)}; Max-Age=3600; Path=/my-app/blog/hero; Secure; HttpOnly; SameSite=Strict`,
    );
    const odd = await aura.getSignedUrl('a;b é.jpg');
    expect(aura.cookie(odd)).toContain('; Path=/my-app/a%3Bb%20%C3%A9.jpg; ');
  });

  it('fits where the CDN is', async () => {
    const album = await aura.signFolder('a/');
    const line = (options: CookieOptions) => aura.cookie(album, options).replace(/^.*?; /, '');
    expect(line({ cdnUrl: 'http://localhost:8787' })).toBe(
      'Max-Age=3600; Path=/my-app/a/; HttpOnly; SameSite=Strict',
    );
    expect(line({ cdnUrl: 'https://example.com/images', ...DOMAIN })).toContain(
      'Domain=example.com; Path=/images/my-app/a/; Secure',
    );
    expect(line({ domain: '.Images.Example.COM' })).toContain('Domain=images.example.com;');
    expect(line({ path: '/my-app/' })).toContain('; Path=/my-app/; ');
  });

  it('deletes the cookie, also one that has expired', async () => {
    const album = await aura.signFolder('users/42/', { expiresIn: 60 });
    vi.setSystemTime((NOW + 61) * 1000);
    expect(aura.cookie(album, { ...DOMAIN, remove: true })).toBe(
      'aura-token=; Max-Age=0; Domain=example.com; Path=/my-app/users/42/; Secure; HttpOnly; SameSite=Strict',
    );
    const failure = await failureOf(() => aura.cookie(album));
    expect(String(failure)).toContain('has not expired');
  });

  it.each([
    ['domain', { domain: 'example.org' }],
    ['domain', { domain: 'ample.com' }],
    ['domain', { domain: 'com' }],
    ['domain', { domain: 'x.images.example.com' }],
    ['domain', { domain: 'example.com; Path=/' }],
    ['domain', { domain: '' }],
    ['domain', { domain: 42 }],
    ['path', { path: 'my-app/' }],
    ['path', { path: '/my-app/; Domain=example.org' }],
    ['path', { path: '/my-app/\r\n' }],
    ['cdnUrl', { cdnUrl: 'images.example.com' }],
  ])('refuses %s of %j', async (option, options) => {
    const album = await aura.signFolder('a/');
    const failure = await failureOf(() => aura.cookie(album, options as object));
    expect(failure).toMatchObject({ name: 'AuraImageError' });
    expect(String(failure)).toContain(option);
  });

  it('refuses what is no serve token of the project, and never shows it', async () => {
    const exp = NOW + 60;
    const upload = { projectName: 'my-app', maxSize: 1, allowedTypes: ['image/*'], iat: NOW, exp };
    for (const [token, words] of [
      ['', 'signFolder()'],
      ['nonsense', 'signFolder()'],
      [null, 'signFolder()'],
      [{}, 'signFolder()'],
      ['https://images.example.com/my-app/a', 'signFolder()'],
      [await signServeToken({ p: 'other', f: 'a', exp }, SECRET), 'of the project my-app'],
      [await signUploadToken(upload, 'sk_live_x'), 'of the project my-app'],
      [await signServeToken({ p: 'my-app', f: 'x'.repeat(2900), exp }, SECRET), '4096'],
    ] as const) {
      const failure = await failureOf(() => aura.cookie(token as string));
      expect(failure).toMatchObject({ code: 'option_invalid' });
      expect(String(failure)).toContain(words);
      if (typeof token === 'string' && token.includes('.')) {
        expect(String(failure)).not.toContain(token);
      }
    }
    const lacking = new AuraImage({ ...SETTINGS, cdnUrl: undefined });
    const album = await aura.signFolder('a/');
    expect(await failureOf(() => lacking.cookie(album))).toMatchObject({ code: 'setting_missing' });
    const option = await failureOf(() => aura.cookie(album, { domian: 'example.com' } as object));
    expect(String(option)).toContain('did you mean "domain"?');
  });
});
