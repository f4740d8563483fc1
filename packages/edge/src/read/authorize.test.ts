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
  it('allows every read of a public image, with any token, and does not load secrets', async () => {
    const secrets = () => {
      throw new Error('asked for secrets');
    };
    for (const tokens of [[], ['nonsense'], ['a', 'b']]) {
      const access = await authorize({ ...image, visibility: 'public' }, tokens, secrets, 0);
      expect(access).toEqual(BY_CURRENT);
    }
  });

  it('allows a read of a private image with its token, until its last second', async () => {
    expect(await decide([await token()])).toEqual(BY_CURRENT);
    expect(await decide([await token({ exp: NOW })])).toEqual(BY_CURRENT);
  });

  it('reports a token that the previous secret signed', async () => {
    const access = await decide([await token({ iat: NOW })], ['psk_live_new', SECRET]);
    expect(access).toEqual({ granted: true, previousSecret: true });
  });

  it('refuses every other token, with the reason', async () => {
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

  it('never allows a read with a random text as the token', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.string(), { maxLength: 3 }), async (tokens) => {
        expect((await decide(tokens)).granted).toBe(false);
      }),
    );
  });
});

describe('an image whose links were revoked', () => {
  const WEEK = 604_800;
  const decideAt = (linksRevokedAt: number, tokens: readonly string[], now = NOW) =>
    authorize({ ...image, linksRevokedAt }, tokens, () => [SECRET], now * 1000);

  it('accepts tokens issued in that second or later', async () => {
    for (const iat of [NOW - 10, NOW, NOW + 300]) {
      expect(await decideAt(NOW - 10, [await token({ iat })])).toEqual(BY_CURRENT);
    }
  });

  it.each([
    ['a token of the previous second', { iat: NOW - 11 }],
    ['a token with an iat too far in the future, which proves nothing', { iat: NOW + 301 }],
    ['a token with the largest iat', { iat: Number.MAX_SAFE_INTEGER }],
    ['a token with a negative iat', { iat: -1 }],
    ['a token without iat', {}],
    ['a token with an exp that an earlier token could have', { exp: NOW - 10 + WEEK }],
  ])('rejects %s', async (_, claims) => {
    expect(await decideAt(NOW - 10, [await token(claims)])).toEqual({
      granted: false,
      refusal: 'revoked',
    });
  });

  it('accepts a token without iat if its exp proves that it was issued later', async () => {
    expect(await decideAt(NOW - 10, [await token({ exp: NOW - 9 + WEEK })])).toEqual(BY_CURRENT);
  });

  it('is readable without a token once it is public', async () => {
    const open = { ...image, visibility: 'public', linksRevokedAt: NOW } as const;
    expect(await authorize(open, [], () => [], NOW * 1000)).toEqual(BY_CURRENT);
  });

  it('reports other faults of a token first', async () => {
    const refusals = [
      [await token({ iat: NOW - 60, exp: NOW - 1 }), 'expired'],
      [await token({ iat: NOW - 60 }, 'psk_live_other'), 'wrong_signature'],
    ] as const;
    for (const [text, refusal] of refusals) {
      expect(await decideAt(NOW, [text])).toEqual({ granted: false, refusal });
    }
  });

  it('rejects every token that a correct clock signed earlier', async () => {
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

  it('accepts every token with iat that a correct clock signs later', async () => {
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
