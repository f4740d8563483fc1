import { signServeToken } from '@auraimage/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { authorize } from './authorize.js';

const SECRET = 'psk_live_for-tests';
const NOW = 1_900_000_000;
const image = {
  project: 'my-app',
  key: 'abc123xyz0-photo.jpg',
  visibility: 'private',
  linksRevokedAt: null,
} as const;

const BY_CURRENT = { granted: true, previousSecret: false };

const token = (claims: object = {}, secret = SECRET) =>
  signServeToken({ p: image.project, f: image.key, exp: NOW + 60, ...claims }, secret);

const decide = (tokens: readonly string[], secrets: readonly string[] = [SECRET]) =>
  authorize(image, tokens, () => secrets, NOW * 1000 + 999);

describe('authorize', () => {
  it('lets everyone read a public image, whatever the token says, without asking for secrets', async () => {
    const secrets = () => {
      throw new Error('asked for secrets');
    };
    for (const tokens of [[], ['nonsense'], ['a', 'b']]) {
      const access = await authorize({ ...image, visibility: 'public' }, tokens, secrets, 0);
      expect(access).toEqual(BY_CURRENT);
    }
  });

  it('lets a private image be read with its token, to the last second', async () => {
    expect(await decide([await token()])).toEqual(BY_CURRENT);
    expect(await decide([await token({ exp: NOW })])).toEqual(BY_CURRENT);
  });

  it('tells when the secret before the current one signed it', async () => {
    const access = await decide([await token({ iat: NOW })], ['psk_live_new', SECRET]);
    expect(access).toEqual({ granted: true, previousSecret: true });
  });

  it('refuses everything else, and knows why', async () => {
    const refusals = [
      [[], 'missing'],
      [[''], 'malformed'],
      [['nonsense'], 'malformed'],
      [[await token(), await token()], 'malformed'],
      [[await token({}, 'psk_live_other')], 'wrong_signature'],
      [[await token({ f: 'abc123xyz0-other.jpg' })], 'other_image'],
      [[await token({ p: 'other-app' })], 'other_project'],
      [[await token({ exp: NOW - 1 })], 'expired'],
      [[await token({ exp: NOW + 604_800 + 301 })], 'expires_too_late'],
      [[await token({ exp: NOW + 0.5 })], 'wrong_claims'],
      [[await token({ exp: String(NOW + 60) })], 'wrong_claims'],
      [[await token({ iat: 'now' })], 'wrong_claims'],
    ] as const;
    for (const [tokens, refusal] of refusals) {
      expect(await decide(tokens), refusal).toEqual({ granted: false, refusal });
    }
  });

  it('refuses every token when the project has no secret', async () => {
    expect(await decide([await token()], [])).toEqual({
      granted: false,
      refusal: 'wrong_signature',
    });
  });

  it('never grants on a text that nobody signed', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.string(), { maxLength: 3 }), async (tokens) => {
        expect((await decide(tokens)).granted).toBe(false);
      }),
    );
  });
});

describe('an image whose links were stopped', () => {
  const WEEK = 604_800;
  const decideAt = (linksRevokedAt: number, tokens: readonly string[], now = NOW) =>
    authorize({ ...image, linksRevokedAt }, tokens, () => [SECRET], now * 1000);

  it('is given to tokens of that second and later', async () => {
    for (const iat of [NOW - 10, NOW, NOW + 300]) {
      expect(await decideAt(NOW - 10, [await token({ iat })])).toEqual(BY_CURRENT);
    }
  });

  it.each([
    ['a token of the second before', { iat: NOW - 11 }],
    ['a token from far ahead: it says nothing about when it was written', { iat: NOW + 301 }],
    ['one from the end of time', { iat: Number.MAX_SAFE_INTEGER }],
    ['a token of before the clock', { iat: -1 }],
    ['a token without iat', {}],
    ['one that lasts for as long as one from before could', { exp: NOW - 10 + WEEK }],
  ])('is not given to %s', async (_, claims) => {
    expect(await decideAt(NOW - 10, [await token(claims)])).toEqual({
      granted: false,
      refusal: 'revoked',
    });
  });

  it('is given to a token without iat that no time before could have made', async () => {
    expect(await decideAt(NOW - 10, [await token({ exp: NOW - 9 + WEEK })])).toEqual(BY_CURRENT);
  });

  it('is given to everyone once it is public', async () => {
    const open = { ...image, visibility: 'public', linksRevokedAt: NOW } as const;
    expect(await authorize(open, [], () => [], NOW * 1000)).toEqual(BY_CURRENT);
  });

  it('tells first what else is wrong with a token', async () => {
    const refusals = [
      [await token({ iat: NOW - 60, exp: NOW - 1 }), 'expired'],
      [await token({ iat: NOW - 60 }, 'psk_live_other'), 'wrong_signature'],
    ] as const;
    for (const [text, refusal] of refusals) {
      expect(await decideAt(NOW, [text])).toEqual({ granted: false, refusal });
    }
  });

  it('is never given to a token that an honest clock signed before', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: WEEK }),
        fc.integer({ min: 1, max: WEEK }),
        fc.integer({ min: 60, max: WEEK }),
        fc.boolean(),
        async (sinceRevoked, before, life, hasIat) => {
          const revokedAt = NOW - sinceRevoked;
          const iat = revokedAt - before;
          const claims = { exp: iat + life, ...(hasIat && { iat }) };
          expect((await decideAt(revokedAt, [await token(claims)])).granted).toBe(false);
        },
      ),
    );
  });

  it('stays given to every token that an honest clock signs afterwards with iat', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: WEEK }),
        fc.integer({ min: 0, max: WEEK }),
        async (sinceRevoked, age) => {
          const iat = NOW - Math.min(age, sinceRevoked);
          const claims = { iat, exp: NOW + 60 };
          expect(await decideAt(NOW - sinceRevoked, [await token(claims)])).toEqual(BY_CURRENT);
        },
      ),
    );
  });
});
