import { describe, expect, it, vi } from 'vitest';
import { signToken } from './token.js';
import {
  signUploadToken,
  signVisibilityToken,
  type UploadClaims,
  type VisibilityClaims,
  verifySecretKeyToken,
} from './upload-token.js';

const SECRET = 'sk_live_test-only';
const NOW = 1_800_000_000;
const upload: UploadClaims = {
  projectName: 'my-app',
  maxSize: 5_242_880,
  allowedTypes: ['image/*'],
  iat: NOW,
  exp: NOW + 600,
};
const visibility: VisibilityClaims = {
  projectName: 'my-app',
  act: 'visibility',
  f: 'abc123xyz0-photo.jpg',
  visibility: 'private',
  iat: NOW,
  exp: NOW + 300,
};

const keysOf = (project: string) => (project === 'my-app' ? ['sk_live_first', SECRET] : []);
const verify = (token: string, now = NOW) => verifySecretKeyToken(token, keysOf, now);
const outcomeOf = async (claims: object, now = NOW) => {
  const verdict = await verify(await signToken({ ...claims }, SECRET), now);
  return verdict.ok || verdict.reason;
};

describe('verifySecretKeyToken', () => {
  it('accepts an upload token and tells which key signed it', async () => {
    const verdict = await verify(await signUploadToken(upload, SECRET));
    expect(verdict).toEqual({ ok: true, claims: upload, secretIndex: 1 });
  });

  it('accepts a visibility token, which carries its act', async () => {
    const verdict = await verify(await signVisibilityToken(visibility, SECRET));
    expect(verdict).toEqual({ ok: true, claims: visibility, secretIndex: 1 });
  });

  it.each([
    ['public', { visibility: 'public' }, true],
    ['private', { visibility: 'private' }, true],
    ['exact types', { allowedTypes: ['image/jpeg', 'image/svg+xml'] }, true],
    ['claims of the future', { 'x-future': { a: 1 } }, true],
    ['an unknown project', { projectName: 'other' }, 'unknown_project'],
    ['a project in other letters', { projectName: 'My-App' }, 'unknown_project'],
    ['no project', { projectName: undefined }, 'malformed'],
    ['a project in a list', { projectName: ['my-app'] }, 'malformed'],
    ['no size', { maxSize: undefined }, 'wrong_claims'],
    ['size as text', { maxSize: '5mb' }, 'wrong_claims'],
    ['size zero', { maxSize: 0 }, 'wrong_claims'],
    ['a negative size', { maxSize: -1 }, 'wrong_claims'],
    ['size with a fraction', { maxSize: 1.5 }, 'wrong_claims'],
    ['size past 2^53', { maxSize: 2 ** 53 }, 'wrong_claims'],
    ['no types', { allowedTypes: undefined }, 'wrong_claims'],
    ['an empty list of types', { allowedTypes: [] }, 'wrong_claims'],
    ['types as text', { allowedTypes: 'image/*' }, 'wrong_claims'],
    ['a type that is no image', { allowedTypes: ['image/*', 'text/html'] }, 'wrong_claims'],
    ['every type', { allowedTypes: ['*/*'] }, true],
    ['a type in capitals', { allowedTypes: ['Image/PNG'] }, true],
    ['a type in a list', { allowedTypes: [['image/*']] }, 'wrong_claims'],
    ['no iat', { iat: undefined }, 'wrong_claims'],
    ['iat as text', { iat: '1' }, 'wrong_claims'],
    ['no exp', { exp: undefined }, 'wrong_claims'],
    ['exp null', { exp: null }, 'wrong_claims'],
    ['exp with a fraction', { exp: NOW + 0.5 }, true],
    ['the last second and a fraction', { exp: NOW - 1 + 0.9 }, 'expired'],
    ['exp infinite', { exp: '1e999' }, 'wrong_claims'],
    ['another visibility', { visibility: 'Private' }, 'wrong_claims'],
    ['visibility null', { visibility: null }, 'wrong_claims'],
    ['an unknown act', { act: 'delete' }, 'wrong_claims'],
    ['an empty act', { act: '' }, 'wrong_claims'],
    ['act null', { act: null }, 'wrong_claims'],
    ['the last second', { exp: NOW }, true],
    ['one second late', { exp: NOW - 1 }, 'expired'],
  ])('decides on an upload token with %s', async (_, change, outcome) => {
    expect(await outcomeOf({ ...upload, ...change })).toBe(outcome);
  });

  it.each([
    ['a name', { name: 'users/42/avatar' }, { name: 'users/42/avatar' }],
    ['a name with an extension', { name: 'hero.JPG' }, { name: 'hero' }],
    ['a name to replace', { name: 'a', overwrite: true }, { name: 'a', overwrite: true }],
    ['overwrite off', { overwrite: false }, { overwrite: false }],
    ['metadata', { metadata: { album: 'x' } }, { metadata: { album: 'x' } }],
    ['types by other names', { allowedTypes: ['image/JPG'] }, { allowedTypes: ['image/jpeg'] }],
    ['any type', { allowedTypes: ['*/*'] }, { allowedTypes: ['image/*'] }],
    ['times with fractions', { iat: NOW + 0.2, exp: NOW + 9.9 }, { iat: NOW, exp: NOW + 9 }],
  ])('returns %s in the form that the server uses', async (_, change, expected) => {
    const token = await signToken({ ...upload, ...change, 'x-future': 1 }, SECRET);
    const verdict = await verify(token);
    expect(verdict).toEqual({ ok: true, claims: { ...upload, ...expected }, secretIndex: 1 });
  });

  it.each([
    ['maxSize', { maxSize: 0 }],
    ['allowedTypes', { allowedTypes: ['text/html'] }],
    ['exp', { exp: null }],
    ['visibility', { visibility: 'secret' }],
    ['name', { name: '../a' }],
    ['name', { name: 'a b' }],
    ['name', { name: '' }],
    ['name', { name: 7 }],
    ['name', { name: null }],
    ['overwrite', { name: 'a', overwrite: 'yes' }],
    ['overwrite', { overwrite: true }],
    ['metadata', { metadata: [] }],
    ['metadata', { metadata: { Album: 'x' } }],
    ['metadata', { metadata: { album: 1 } }],
  ])('says what is wrong with %s', async (claim, change) => {
    const verdict = await verify(await signToken({ ...upload, ...change }, SECRET));
    const problem = expect.stringMatching(`^"${claim}" .*(must|has)`);
    expect(verdict).toEqual({ ok: false, reason: 'wrong_claims', problem });
  });

  it('says nothing about the claims of a token that no key signed', async () => {
    const token = await signToken({ ...upload, name: '../a' }, 'sk_live_other');
    expect(await verify(token)).toEqual({ ok: false, reason: 'wrong_signature' });
  });

  it.each([
    ['five minutes of life', { exp: NOW + 300 }, true],
    ['one second more', { exp: NOW + 301 }, 'wrong_claims'],
    ['a clock five minutes fast', { iat: NOW + 300, exp: NOW + 600 }, true],
    ['a time to come', { iat: NOW + 301, exp: NOW + 601 }, 'expires_too_late'],
    ['the last second', { iat: NOW - 300, exp: NOW }, true],
    ['one second late', { iat: NOW - 300, exp: NOW - 1 }, 'expired'],
    ['no key', { f: undefined }, 'wrong_claims'],
    ['a key in a list', { f: [visibility.f] }, 'wrong_claims'],
    ['no visibility', { visibility: undefined }, 'wrong_claims'],
    ['another visibility', { visibility: 'secret' }, 'wrong_claims'],
    ['no iat', { iat: undefined }, 'wrong_claims'],
    ['exp as text', { exp: String(NOW) }, 'wrong_claims'],
  ])('decides on a visibility token with %s', async (_, change, outcome) => {
    expect(await outcomeOf({ ...visibility, ...change })).toBe(outcome);
  });

  it('refuses a token that an inactive or another key signed', async () => {
    const token = await signUploadToken(upload, 'sk_live_other');
    expect(await verify(token)).toEqual({ ok: false, reason: 'wrong_signature' });
  });

  it.each([
    ['a serve token', { p: 'my-app', f: 'abc123xyz0-photo.jpg', exp: NOW }, 'malformed'],
    ['an empty object', {}, 'malformed'],
  ])('refuses %s', async (_, claims, outcome) => expect(await outcomeOf(claims)).toBe(outcome));

  it('looks up no keys if it cannot read the token', async () => {
    const keys = vi.fn(() => [SECRET]);
    for (const token of ['', '.', 'a.b', `AA.${'A'.repeat(43)}`, 'e30.'.repeat(2000)]) {
      const verdict = await verifySecretKeyToken(token, keys, NOW);
      expect(verdict).toEqual({ ok: false, reason: 'malformed' });
    }
    expect(keys).not.toHaveBeenCalled();
  });

  it('looks up no keys of an invalid project name', async () => {
    const keys = vi.fn(() => [SECRET]);
    for (const projectName of ['', 'my-app\0', 'My-App', 'v1', '../my-app', 'x'.repeat(41)]) {
      const token = await signUploadToken({ ...upload, projectName }, SECRET);
      const verdict = await verifySecretKeyToken(token, keys, NOW);
      expect(verdict).toEqual({ ok: false, reason: 'unknown_project' });
    }
    expect(keys).not.toHaveBeenCalled();
  });

  it('accepts keys from a promise', async () => {
    const token = await signUploadToken(upload, SECRET);
    const verdict = await verifySecretKeyToken(token, async () => [SECRET], NOW);
    expect(verdict).toMatchObject({ ok: true, secretIndex: 0 });
  });
});
