import { REVOCATION_KEPT_SECONDS } from '@auraimage/ports';
import { signServeToken } from '@auraimage/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { authorize, isSigned } from './authorize.js';

const SECRET = 'psk_live_for-tests';
const NOW = 1_900_000_000;
const image = {
  project: 'my-app',
  key: 'abc123xyz0-photo.jpg',
  visibility: 'private',
  linksRevokedAt: null,
} as const;

const BY_CURRENT = { granted: true, previousSecret: false, maxEdge: null, recipient: null };

/** At a time in milliseconds, with the recipients that are revoked. Asking for one is an error without them. */
const at = (time: number, revoked?: ReadonlyMap<string, number>) => ({
  clock: { now: () => time },
  recipients: {
    async revokedAt(project: string, sub: string) {
      if (revoked === undefined) throw new Error('asked for a recipient');
      return revoked.get(`${project} ${sub}`) ?? null;
    },
  },
});

const token = (claims: object = {}, secret = SECRET) =>
  signServeToken({ p: image.project, f: image.key, exp: NOW + 60, ...claims }, secret);

const decide = (tokens: readonly string[], secrets: readonly string[] = [SECRET]) =>
  authorize(
    { image, serveSecrets: () => secrets, rotationsSinceRevoked: 0 },
    tokens,
    at(NOW * 1000 + 999),
  );

describe('authorize', () => {
  it('allows every read of a public image, with any token, and does not load secrets', async () => {
    const serveSecrets = () => {
      throw new Error('asked for secrets');
    };
    const open = { ...image, visibility: 'public' } as const;
    for (const tokens of [[], ['nonsense'], ['a', 'b']]) {
      const found = { image: open, serveSecrets, rotationsSinceRevoked: 0 };
      const access = await authorize(found, tokens, at(0));
      expect(access).toEqual(BY_CURRENT);
    }
  });

  it('allows a read of a private image with its token, until its last second', async () => {
    expect(await decide([await token()])).toEqual(BY_CURRENT);
    expect(await decide([await token({ exp: NOW })])).toEqual(BY_CURRENT);
  });

  it('reports a token that the previous secret signed', async () => {
    const access = await decide([await token({ iat: NOW })], ['psk_live_new', SECRET]);
    expect(access).toEqual({ ...BY_CURRENT, previousSecret: true });
  });

  it('limits what a token with a ceiling opens, whichever secret signed it', async () => {
    const tokens = [await token({ max: 800 })];
    expect(await decide(tokens)).toEqual({ ...BY_CURRENT, maxEdge: 800 });
    const access = { ...BY_CURRENT, previousSecret: true, maxEdge: 800 };
    expect(await decide(tokens, ['psk_live_new', SECRET])).toEqual(access);
    expect(await decide([await token()])).toEqual(BY_CURRENT);
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
      [[await token({ max: 0 })], 'wrong_claims'],
      [[await token({ sub: 'customer:42' })], 'wrong_claims'],
      [[await token({ f: undefined, d: 'users/42/' })], 'other_image'],
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
  const YEAR = 31_536_000;
  const OLD = 'psk_live_before';
  const REVOKED = { granted: false, refusal: 'revoked' };

  /** @param rotations since the revocation */
  const decideAt = (
    linksRevokedAt: number,
    tokens: readonly string[],
    now = NOW,
    [rotations, secrets]: [number, readonly string[]] = [0, [SECRET]],
  ) =>
    authorize(
      {
        image: { ...image, linksRevokedAt },
        serveSecrets: () => secrets,
        rotationsSinceRevoked: rotations,
      },
      tokens,
      at(now * 1000),
    );

  it('accepts tokens issued in that second or later', async () => {
    for (const iat of [NOW - 10, NOW, NOW + 5]) {
      expect(await decideAt(NOW - 10, [await token({ iat })])).toEqual(BY_CURRENT);
    }
  });

  it('accepts a clock that is five minutes ahead once no earlier token can have its iat', async () => {
    const [text] = [await token({ iat: NOW + 300 })];
    expect(await decideAt(NOW - 299, [text])).toEqual(REVOKED);
    expect(await decideAt(NOW - 300, [text])).toEqual(BY_CURRENT);
    expect(await decideAt(NOW - 300, [await token({ iat: NOW + 301 })])).toEqual(REVOKED);
  });

  it.each([
    ['a token of the previous second', { iat: NOW - 11 }],
    [
      'a token with an iat in the future, which a clock that is ahead may have set',
      { iat: NOW + 6 },
    ],
    ['a token with the largest iat', { iat: Number.MAX_SAFE_INTEGER }],
    ['a token with a negative iat', { iat: -1 }],
    ['a token without iat', {}],
    ['a token without iat that lives as long as any', { exp: NOW - 10 + WEEK + 300 }],
    ['a token without iat that expires as late as any', { exp: NOW + WEEK + 300 }],
  ])('rejects %s', async (_, claims) => {
    expect(await decideAt(NOW - 10, [await token(claims)])).toEqual(REVOKED);
  });

  it('rejects a token without iat in its last week, years later', async () => {
    const later = NOW + 3 * YEAR;
    const text = await token({ exp: later + WEEK });
    expect(await decideAt(NOW, [text], later)).toEqual(REVOKED);
  });

  it('accepts tokens without iat of secrets that are newer than the revocation', async () => {
    const [now, before] = [await token(), await token({}, OLD)];
    const both = [SECRET, OLD];
    expect(await decideAt(NOW, [now], NOW, [1, both])).toEqual(BY_CURRENT);
    expect(await decideAt(NOW, [before], NOW, [1, both])).toEqual(REVOKED);
    expect(await decideAt(NOW, [before], NOW, [2, both])).toMatchObject({ granted: true });
    expect(await decideAt(NOW, [now], NOW, [0, both])).toEqual(REVOKED);
  });

  it('rejects folder tokens as it rejects others', async () => {
    const named = { ...image, key: 'users/42/a', linksRevokedAt: NOW };
    const found = { image: named, serveSecrets: () => [SECRET], rotationsSinceRevoked: 0 };
    const folder = { f: undefined, d: 'users/42/' };
    const decideOn = async (claims: object) =>
      authorize(found, [await token({ ...folder, ...claims })], at(NOW * 1000));
    expect(await decideOn({})).toEqual(REVOKED);
    expect(await decideOn({ iat: NOW - 1 })).toEqual(REVOKED);
    expect(await decideOn({ iat: NOW })).toEqual(BY_CURRENT);
  });

  it('is readable without a token once it is public', async () => {
    const open = { ...image, visibility: 'public', linksRevokedAt: NOW } as const;
    const found = { image: open, serveSecrets: () => [], rotationsSinceRevoked: 0 };
    expect(await authorize(found, [], at(NOW * 1000))).toEqual(BY_CURRENT);
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

  it('rejects every token that was signed earlier, for good', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: YEAR }),
        fc.integer({ min: 0, max: 2 * YEAR }),
        fc.integer({ min: 0, max: WEEK + 300 }),
        fc.boolean(),
        fc.integer({ min: 0, max: 1 }),
        async (before, sinceRevoked, left, hasIat, rotations) => {
          const now = NOW + sinceRevoked;
          // Any exp with which it is valid now, however long before it was signed.
          const claims = { exp: now + left, ...(hasIat && { iat: NOW - before }) };
          const text = await token(claims, OLD);
          const secrets = rotations === 0 ? [OLD] : [SECRET, OLD];
          expect(await decideAt(NOW, [text], now, [rotations, secrets])).toEqual(REVOKED);
        },
      ),
    );
  });

  it('rejects every earlier token whose iat is in the future, while it is', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: YEAR }),
        fc.integer({ min: 6, max: 2 * YEAR }),
        fc.integer({ min: 0, max: WEEK + 300 }),
        async (sinceRevoked, ahead, left) => {
          const now = NOW + sinceRevoked;
          const text = await token({ iat: now + ahead, exp: now + left });
          const isTooFar = ahead > 300 || sinceRevoked < 300;
          const access = await decideAt(NOW, [text], now);
          expect(access).toEqual(isTooFar ? REVOKED : BY_CURRENT);
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

describe('a token of a recipient', () => {
  const WEEK = 604_800;
  const CUSTOMER = 'customer:42';
  const found = { image, serveSecrets: () => [SECRET, 'psk_live_old'], rotationsSinceRevoked: 0 };
  const REFUSED = { granted: false, refusal: 'recipient_revoked' };
  const GRANTED = { ...BY_CURRENT, recipient: CUSTOMER };

  const signed = (claims: object = {}, secret = SECRET) =>
    token({ sub: CUSTOMER, iat: NOW, ...claims }, secret);

  /** @param revokedAt of the recipient and, much later, of others */
  const decideAt = (revokedAt: number | null, text: string, now = NOW) => {
    const others = [`my-app ${CUSTOMER}0`, `other-app ${CUSTOMER}`, 'my-app Customer:42'];
    const revoked = new Map(others.map((name) => [name, now + WEEK]));
    if (revokedAt !== null) revoked.set(`my-app ${CUSTOMER}`, revokedAt);
    return authorize(found, [text], at(now * 1000, revoked));
  };

  it('is granted while the recipient is not revoked, whoever else is', async () => {
    expect(await decideAt(null, await signed())).toEqual(GRANTED);
    expect(await decideAt(null, await signed({ max: 800 }))).toEqual({ ...GRANTED, maxEdge: 800 });
    const folder = { f: undefined, d: 'users/42/' };
    const below = { ...found, image: { ...image, key: 'users/42/a' } };
    expect(await authorize(below, [await signed(folder)], at(NOW * 1000, new Map()))).toEqual(
      GRANTED,
    );
  });

  it('is refused if it was issued before the revocation, whichever secret signed it', async () => {
    for (const secret of [SECRET, 'psk_live_old']) {
      expect(await decideAt(NOW, await signed({ iat: NOW - 1 }, secret))).toEqual(REFUSED);
      expect(await decideAt(NOW, await signed({ iat: NOW }, secret))).toMatchObject({
        granted: true,
      });
    }
  });

  it('is refused if its clock is ahead, until no earlier token can have its iat', async () => {
    const text = await signed({ iat: NOW + 300 });
    expect(await decideAt(NOW - 299, text)).toEqual(REFUSED);
    expect(await decideAt(NOW - 300, text)).toEqual(GRANTED);
  });

  it.each([
    ['the oldest iat', { iat: NOW - WEEK - 300 }, true],
    ['an older iat', { iat: NOW - WEEK - 301 }, false],
    ['an iat of a clock that is five minutes ahead', { iat: NOW + 300 }, true],
    ['a later iat', { iat: NOW + 301, exp: NOW + WEEK }, false],
    ['the largest iat', { iat: Number.MAX_SAFE_INTEGER }, false],
  ])('with %s and no revocation is decided by it', async (_, claims, granted) => {
    const refused = { granted: false, refusal: 'iat_out_of_range' };
    expect(await decideAt(null, await signed(claims))).toEqual(granted ? GRANTED : refused);
  });

  it('asks for no recipient unless it is valid otherwise', async () => {
    for (const [claims, refusal] of [
      [{ exp: NOW - 1 }, 'expired'],
      [{ f: 'abc123xyz0-other.jpg' }, 'other_image'],
      [{ p: 'other-app' }, 'other_project'],
    ] as const) {
      expect(await decide([await signed(claims)])).toEqual({ granted: false, refusal });
    }
    const forged = await signed({}, 'psk_live_other');
    expect(await decide([forged])).toEqual({ granted: false, refusal: 'wrong_signature' });
    const links = { ...found, image: { ...image, linksRevokedAt: NOW + 1 } };
    const access = await authorize(links, [await signed()], at(NOW * 1000));
    expect(access).toEqual({ granted: false, refusal: 'revoked' });
    const open = { ...found, image: { ...image, visibility: 'public' } } as const;
    expect(await authorize(open, [await signed()], at(NOW * 1000))).toEqual(BY_CURRENT);
  });

  it('that was issued before is refused for good, also once the revocation is forgotten', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 2 * WEEK }),
        fc.integer({ min: 0, max: 3 * WEEK }),
        fc.integer({ min: 0, max: WEEK + 300 }),
        async (before, sinceRevoked, left) => {
          const now = NOW + sinceRevoked;
          const text = await signed({ iat: NOW - before, exp: now + left });
          const isKept = sinceRevoked <= REVOCATION_KEPT_SECONDS;
          expect((await decideAt(isKept ? NOW : null, text, now)).granted).toBe(false);
        },
      ),
    );
  });
});

it('a read of a public image is signed with the token of a recipient until this is revoked', async () => {
  const open = { ...image, visibility: 'public' } as const;
  const found = { image: open, serveSecrets: () => [SECRET], rotationsSinceRevoked: 0 };
  const tokens = [await token({ sub: 'a', iat: NOW })];
  expect(await isSigned(found, tokens, at(NOW * 1000, new Map()))).toBe(true);
  const revoked = new Map([['my-app a', NOW + 1]]);
  expect(await isSigned(found, tokens, at(NOW * 1000 + 1000, revoked))).toBe(false);
});
