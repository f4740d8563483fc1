import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeBase64url } from './base64url.js';
import { isFolder } from './names.js';
import { type ServeClaims, signServeToken, verifyServeToken } from './serve-token.js';
import { signToken } from './token.js';

const SECRET = 'psk_live_test-only';
const NOW = 1_800_000_000;
const LATEST = NOW + 604_800 + 300;
const image = { p: 'my-app', f: 'abc123xyz0-photo.jpg' };
const claims: ServeClaims = { ...image, exp: NOW + 600 };

const verify = (token: string, secrets = [SECRET], now = NOW) =>
  verifyServeToken(token, image, secrets, now);
const verdictOn = async (signed: Record<string, unknown>) =>
  verify(await signToken(signed, SECRET));

describe('verifyServeToken', () => {
  it('opens the image that the token names', async () => {
    const verdict = await verify(await signServeToken(claims, SECRET));
    expect(verdict).toEqual({ ok: true, claims, secretIndex: 0 });
  });

  it('accepts either secret during a rotation, and tells which', async () => {
    const token = await signServeToken(claims, 'psk_live_old');
    expect(await verify(token, [SECRET, 'psk_live_old'])).toMatchObject({ secretIndex: 1 });
    expect(await verify(token)).toEqual({ ok: false, reason: 'wrong_signature' });
  });

  it.each([
    ['the last second', { exp: NOW }, true],
    ['one second late', { exp: NOW - 1 }, 'expired'],
    ['seven days and five minutes ahead', { exp: LATEST }, true],
    ['one second more than that', { exp: LATEST + 1 }, 'expires_too_late'],
    ['a time of signing', { exp: NOW, iat: NOW - 60 }, true],
    ['claims of the future', { exp: NOW, 'x-future': [true] }, true],
    ['a ceiling', { exp: NOW, max: 800 }, true],
    ['the smallest ceiling', { exp: NOW, max: 1 }, true],
    ['the largest ceiling', { exp: NOW, max: 8192 }, true],
    ['a ceiling of no pixels', { exp: NOW, max: 0 }, 'wrong_claims'],
    ['a ceiling beyond every variant', { exp: NOW, max: 8193 }, 'wrong_claims'],
    ['a ceiling with a fraction', { exp: NOW, max: 800.5 }, 'wrong_claims'],
    ['a ceiling as text', { exp: NOW, max: '800' }, 'wrong_claims'],
    ['a ceiling of null', { exp: NOW, max: null }, 'wrong_claims'],
    ['a folder beside the image', { exp: NOW, d: 'a/' }, 'wrong_claims'],
    ['a folder instead of a generated key', { exp: NOW, f: undefined, d: 'a/' }, 'other_image'],
    ['a recipient', { exp: NOW, iat: NOW, sub: 'customer:42' }, true],
    ['a recipient without iat', { exp: NOW, sub: 'customer:42' }, 'wrong_claims'],
    ['a recipient with a space', { exp: NOW, iat: NOW, sub: 'a b' }, 'wrong_claims'],
    ['no text as recipient', { exp: NOW, iat: NOW, sub: '' }, 'wrong_claims'],
    ['the longest recipient', { exp: NOW, iat: NOW, sub: 'a'.repeat(64) }, true],
    ['a longer recipient', { exp: NOW, iat: NOW, sub: 'a'.repeat(65) }, 'wrong_claims'],
    ['another project', { exp: NOW, p: 'my-app2' }, 'other_project'],
    ['a project in other letters', { exp: NOW, p: 'My-App' }, 'other_project'],
    ['another image', { exp: NOW, f: 'abc123xyz0-photo.jpg ' }, 'other_image'],
    ['another image and expired', { exp: NOW - 1, f: 'other' }, 'other_image'],
    ['no exp', { exp: undefined }, 'wrong_claims'],
    ['exp as text', { exp: String(NOW) }, 'wrong_claims'],
    ['exp with a fraction', { exp: NOW + 0.5 }, 'wrong_claims'],
    ['exp past 2^53', { exp: 2 ** 53 }, 'wrong_claims'],
    ['exp null', { exp: null }, 'wrong_claims'],
    ['no project', { exp: NOW, p: undefined }, 'wrong_claims'],
    ['a project in a list', { exp: NOW, p: [image.p] }, 'wrong_claims'],
    ['no key', { exp: NOW, f: undefined }, 'wrong_claims'],
    ['a key in a list', { exp: NOW, f: [image.f] }, 'wrong_claims'],
    ['iat as text', { exp: NOW, iat: '1' }, 'wrong_claims'],
  ])('decides on %s', async (_, change, outcome) => {
    const verdict = await verdictOn({ ...image, ...change });
    expect(verdict.ok || verdict.reason).toBe(outcome);
  });

  it('covers the images below a folder, and no others', async () => {
    const opens = async (d: unknown, key: string) => {
      const token = await signToken({ p: image.p, d, max: 800, exp: NOW }, SECRET);
      const verdict = await verifyServeToken(token, { p: image.p, f: key }, [SECRET], NOW);
      return verdict.ok || verdict.reason;
    };
    for (const key of ['users/42/a', 'users/42/a.b', 'users/42/x/b']) {
      expect(await opens('users/42/', key), key).toBe(true);
    }
    for (const key of ['users/42', 'users/421/a', 'users/4', 'Users/42/a', 'a/users/42/a']) {
      expect(await opens('users/42/', key), key).toBe('other_image');
    }
    const notFolders = ['', '/', 'users/42', '/users/', 'users//', 'users/../', 'users/%2e/', 'ü/'];
    for (const d of [...notFolders, 'a/'.repeat(16), null, 42, ['users/']]) {
      expect(await opens(d, 'users/42/a'), String(d)).toBe('wrong_claims');
    }
  });

  it('covers, of all folders and keys, those of which one begins with the other', async () => {
    const piece = fc.constantFrom('a', 'b', 'ab', 'a-b', 'A', 'a.', '~', '');
    const path = fc.array(piece, { maxLength: 4 }).map((pieces) => pieces.join('/'));
    await fc.assert(
      fc.asyncProperty(path, path, async (d, f) => {
        const token = await signToken({ p: image.p, d, exp: NOW }, SECRET);
        const verdict = await verifyServeToken(token, { p: image.p, f }, [SECRET], NOW);
        expect(verdict.ok).toBe(isFolder(d) && f.startsWith(d));
      }),
    );
  });

  it.each(['', '.', 'token', `AA.${'A'.repeat(42)}`, 'a'.repeat(5000)])(
    'calls %j malformed',
    async (token) => expect(await verify(token)).toEqual({ ok: false, reason: 'malformed' }),
  );

  it('refuses an upload token: no secret key is a serve secret', async () => {
    const upload = { projectName: 'my-app', maxSize: 1, allowedTypes: ['image/*'], exp: NOW };
    expect(await verdictOn(upload)).toEqual({ ok: false, reason: 'wrong_claims' });
    const token = await signToken({ ...claims }, 'sk_live_test-only');
    expect(await verify(token)).toEqual({ ok: false, reason: 'wrong_signature' });
  });

  it('checks the signature before the claims', async () => {
    const payload = encodeBase64url(new TextEncoder().encode('not JSON'));
    const verdict = await verify(`${payload}.${'A'.repeat(43)}`);
    expect(verdict).toEqual({ ok: false, reason: 'wrong_signature' });
  });

  it('refuses every token if there is no secret', async () => {
    const token = await signServeToken(claims, SECRET);
    expect(await verify(token, [])).toEqual({ ok: false, reason: 'wrong_signature' });
  });
});
