import { signServeToken } from '@auraimage/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { authorize } from './authorize.js';

const SECRET = 'psk_live_for-tests';
const NOW = 1_900_000_000;
const image = { project: 'my-app', key: 'abc123xyz0-photo.jpg', visibility: 'private' } as const;

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
      expect(access).toEqual({ granted: true });
    }
  });

  it('lets a private image be read with its token, to the last second', async () => {
    expect(await decide([await token()])).toEqual({ granted: true });
    expect(await decide([await token({ exp: NOW })])).toEqual({ granted: true });
    expect(await decide([await token({ iat: NOW })], ['psk_live_new', SECRET])).toEqual({
      granted: true,
    });
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
