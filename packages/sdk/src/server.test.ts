import { readFileSync } from 'node:fs';
import { signToken } from '@auraimage/protocol';
import { describe, expect, it } from 'vitest';
import {
  AuraImageError,
  MAX_SERVE_TTL_SEC,
  MissingProjectNameError,
  signServeToken,
  signUploadToken,
  signVisibilityToken,
  verifyServeToken,
  verifyUploadToken,
} from './server.js';

const NOW = 1_893_456_000;
const KEY = 'sk_live_test';
const SECRET = 'psk_live_test';
const upload = {
  projectName: 'my-app',
  maxSize: 1000,
  allowedTypes: ['image/*'],
  iat: NOW,
  exp: NOW + 60,
};
const serve = { p: 'my-app', f: 'blog/hero', iat: NOW, exp: NOW + 60 };
const image = { project: 'my-app', key: 'blog/hero' };
const now = { now: NOW };

describe('the vectors', () => {
  const file = new URL('../../../tests/vectors/token-vectors.json', import.meta.url);
  const { vectors } = JSON.parse(readFileSync(file, 'utf8')) as {
    vectors: Record<'kind' | 'note' | 'secret' | 'payloadJson' | 'token', string>[];
  };
  it.each(vectors.filter(({ kind }) => kind === 'upload'))(
    'upload: $note',
    async ({ token, secret, payloadJson }) => {
      const claims = JSON.parse(payloadJson);
      expect(await verifyUploadToken(token, secret, now)).toEqual(claims);
      expect(await verifyUploadToken(token, async () => ['sk_live_other', secret], now)).toEqual(
        claims,
      );
      expect(await verifyUploadToken(token, `${secret}x`, now)).toBeNull();
      expect(await verifyServeToken(token, secret, now)).toBeNull();
    },
  );

  it.each(vectors.filter(({ kind }) => kind === 'serve'))(
    'serve: $note',
    async ({ token, secret, payloadJson }) => {
      const claims = JSON.parse(payloadJson);
      expect(await verifyServeToken(token, secret, now)).toEqual(claims);
      expect(await verifyServeToken(token, `${secret}x`, now)).toBeNull();
      const { p: project, f: key = 'users/42/avatar', max, sub } = claims;
      const narrowed = max !== undefined || sub !== undefined;
      const opened = await verifyServeToken(token, secret, { image: { project, key }, ...now });
      expect(opened).toEqual(narrowed ? null : claims);
    },
  );
});

describe('verifyUploadToken', () => {
  it('asks the resolver for the secrets of the project', async () => {
    const token = await signUploadToken(upload, KEY);
    const asked: string[] = [];
    const claims = await verifyUploadToken(
      token,
      (projectName) => {
        asked.push(projectName);
        return KEY;
      },
      now,
    );
    expect([claims, asked]).toEqual([upload, ['my-app']]);
  });

  it.each([[null], [undefined], [''], [[]], [['']], ['sk_live_other']])(
    'is null if the resolver returns %j',
    async (secret) => {
      const token = await signUploadToken(upload, KEY);
      expect(await verifyUploadToken(token, async () => secret, now)).toBeNull();
      const empty = await signUploadToken(upload, '');
      expect(await verifyUploadToken(empty, async () => secret, now)).toBeNull();
    },
  );

  it('says that a token names no project to a resolver, and only then', async () => {
    const { projectName: _, ...rest } = upload;
    for (const claims of [rest, { ...rest, projectName: '' }, { ...rest, projectName: 7 }]) {
      const token = await signToken(claims, KEY);
      const failed = await verifyUploadToken(token, async () => KEY, now).catch((error) => error);
      expect(failed).toBeInstanceOf(MissingProjectNameError);
      expect(failed).toBeInstanceOf(AuraImageError);
      expect(failed).toMatchObject({ name: 'MissingProjectNameError', code: 'project_missing' });
      expect(await verifyUploadToken(token, KEY, now)).toBeNull();
    }
    expect(await verifyUploadToken('nonsense', async () => KEY, now)).toBeNull();
  });

  it('never asks for the secrets of what is no project', async () => {
    const ask = () => {
      throw new Error('asked');
    };
    for (const projectName of ['../x', 'v1', 'My App', 'a'.repeat(41)]) {
      const token = await signUploadToken({ ...upload, projectName }, KEY);
      expect(await verifyUploadToken(token, ask, now)).toBeNull();
    }
  });

  it('is null for an expired token, another token, and none', async () => {
    const token = await signUploadToken(upload, KEY);
    expect(await verifyUploadToken(token, KEY, { now: NOW + 60 })).toEqual(upload);
    expect(await verifyUploadToken(token, KEY, { now: NOW + 61 })).toBeNull();
    const visibility = await signVisibilityToken(
      {
        projectName: 'my-app',
        act: 'visibility',
        f: 'a',
        visibility: 'public',
        iat: NOW,
        exp: NOW + 60,
      },
      KEY,
    );
    for (const text of [visibility, '', 'a.b', null, undefined]) {
      expect(await verifyUploadToken(text, KEY, now)).toBeNull();
    }
  });

  it('floors a fraction of exp, and takes types in any case', async () => {
    const claims = { ...upload, exp: NOW + 60.9, allowedTypes: ['IMAGE/JPG', '*/*'] };
    const token = await signUploadToken(claims, KEY);
    expect(await verifyUploadToken(token, KEY, now)).toEqual({
      ...upload,
      allowedTypes: ['image/jpeg', 'image/*'],
    });
  });
});

describe('verifyServeToken', () => {
  it('opens one image with either secret of a rotation', async () => {
    const token = await signServeToken(serve, SECRET);
    expect(await verifyServeToken(token, ['psk_live_new', SECRET], { image, ...now })).toEqual(
      serve,
    );
    for (const other of [
      { ...image, key: 'blog/Hero' },
      { ...image, project: 'other' },
    ]) {
      expect(await verifyServeToken(token, SECRET, { image: other, ...now })).toBeNull();
    }
    for (const none of [[], '', ['']]) expect(await verifyServeToken(token, none, now)).toBeNull();
    expect(await verifyServeToken(null, SECRET, now)).toBeNull();
  });

  it('opens an image of a folder, and refuses beside an image what it cannot enforce', async () => {
    const opens = async (claims: object) => {
      const token = await signToken({ ...serve, ...claims }, SECRET);
      return (await verifyServeToken(token, SECRET, { image, ...now })) !== null;
    };
    expect(await opens({ f: undefined, d: 'blog/' })).toBe(true);
    expect(await opens({ f: undefined, d: 'blo/' })).toBe(false);
    for (const narrowed of [{ max: 800 }, { sub: 'customer:42' }]) {
      expect(await opens(narrowed), JSON.stringify(narrowed)).toBe(false);
    }
  });

  it('checks the time', async () => {
    const at = (exp: number) => signServeToken({ ...serve, exp }, SECRET);
    expect(await verifyServeToken(await at(NOW - 1), SECRET, now)).toBeNull();
    const latest = NOW + MAX_SERVE_TTL_SEC + 300;
    expect(await verifyServeToken(await at(latest), SECRET, now)).not.toBeNull();
    expect(await verifyServeToken(await at(latest + 1), SECRET, now)).toBeNull();
    expect(MAX_SERVE_TTL_SEC).toBe(604_800);
    // Its own clock is the default.
    expect(await verifyServeToken(await at(1), SECRET)).toBeNull();
  });

  it.each([
    ['a ceiling', { max: 1 }, true],
    ['the highest ceiling', { max: 8192 }, true],
    ['no ceiling', { max: 0 }, false],
    ['a ceiling above all', { max: 8193 }, false],
    ['a ceiling as text', { max: '800' }, false],
    ['a ceiling null', { max: null }, false],
    ['a folder', { f: undefined, d: 'users/42/' }, true],
    ['a folder beside an image', { d: 'users/42/' }, false],
    ['neither', { f: undefined }, false],
    ['a folder without slash', { f: undefined, d: 'users/42' }, false],
    ['the whole project', { f: undefined, d: '/' }, false],
    ['an empty folder', { f: undefined, d: '' }, false],
    ['a folder with dots', { f: undefined, d: '../' }, false],
    ['a recipient', { sub: 'customer:42' }, true],
    ['a long recipient', { sub: 'a'.repeat(65) }, false],
    ['a recipient with a space', { sub: 'a b' }, false],
    ['a recipient without iat', { sub: 'a', iat: undefined }, false],
    ['a time of signing as text', { iat: '1' }, false],
    ['no project', { p: undefined }, false],
  ])('decides on %s', async (_, change, valid) => {
    const token = await signToken({ ...serve, ...change }, SECRET);
    expect((await verifyServeToken(token, SECRET, now)) !== null).toBe(valid);
  });
});
