import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, expectTypeOf, it, vi } from 'vitest';
import { AuraImage } from './index.js';
import { verifyServeToken } from './server.js';

const KEY = 'abc123xyz0-photo.jpg';
const SERVE_SECRET = 'psk_live_test';
/** A multiple of 300 seconds. */
const WINDOW_START = 1_893_456_000;
const aura = new AuraImage({
  secretKey: 'sk_live_test',
  serveSecret: SERVE_SECRET,
  projectName: 'my-app',
  cdnUrl: 'https://cdn.example',
});

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** The URL of one moment, and how many seconds it then works: the server's own check is asked. */
async function at(seconds: number, options: { expiresIn?: number; stableFor?: number }, key = KEY) {
  vi.setSystemTime(seconds * 1000);
  const url = await aura.getSignedUrl(key, options);
  const token = new URL(url).searchParams.get('token') ?? '';
  const image = { project: 'my-app', key };
  const check = (now: number) => verifyServeToken(token, SERVE_SECRET, { image, now });
  const claims = await check(seconds);
  if (claims === null) throw new Error('the token is not valid');
  expect(await check(claims.exp + 1)).toBeNull();
  return { url, left: claims.exp - seconds };
}

describe('stableFor', () => {
  it('returns the same URL throughout a window, and another in the next', async () => {
    const options = { expiresIn: 600, stableFor: 300 };
    const first = await at(WINDOW_START, options);
    const middle = await at(WINDOW_START + 150, options);
    const last = await at(WINDOW_START + 299, options);
    const next = await at(WINDOW_START + 300, options);
    expect([middle.url, last.url]).toEqual([first.url, first.url]);
    expect(next.url).not.toBe(first.url);
    expect([first.left, middle.left, last.left, next.left]).toEqual([900, 750, 601, 900]);
  });

  it('makes a different URL for each image and each lifetime', async () => {
    const stable = { expiresIn: 600, stableFor: 300 };
    const urls = [
      await at(WINDOW_START, stable),
      await at(WINDOW_START, { ...stable, expiresIn: 601 }),
      await at(WINDOW_START, stable, 'zzz123xyz0-other.jpg'),
    ];
    expect(new Set(urls.map(({ url }) => url)).size).toBe(3);
  });

  it('is off by default', async () => {
    const one = await at(WINDOW_START, { expiresIn: 600 });
    const other = await at(WINDOW_START + 1, { expiresIn: 600 });
    expect(one.url).not.toBe(other.url);
    expect([one.left, other.left]).toEqual([600, 600]);
  });

  it('keeps every bound for any options at any time', async () => {
    const seconds = fc.oneof(
      fc.integer({ min: -10, max: 700_000 }),
      fc.constantFrom(0.5, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
    );
    const moment = fc.integer({ min: WINDOW_START, max: WINDOW_START + 2_000_000 });
    await fc.assert(
      fc.asyncProperty(moment, seconds, seconds, async (now, expiresIn, stableFor) => {
        const { left } = await at(now, { expiresIn, stableFor });
        const asked = Math.floor(Math.min(Math.max(expiresIn, 60), 604_800));
        const window = Math.floor(Math.min(Math.max(stableFor, 1), 302_400));
        expect(left).toBeGreaterThan(Math.min(asked, 604_800 - window));
        expect(left).toBeLessThanOrEqual(Math.min(asked + window, 604_800));
      }),
    );
  });

  it.each([Number.NaN, '300', null])('refuses %j', async (stableFor) => {
    const options = { stableFor: stableFor as number };
    await expect(aura.getSignedUrl(KEY, options)).rejects.toMatchObject({
      code: 'option_invalid',
      message: 'stableFor must be a number of seconds',
    });
  });
});

describe('getSignedUrls', () => {
  it('returns what getSignedUrl returns, in the order of the keys', async () => {
    vi.setSystemTime(WINDOW_START * 1000);
    const keys = ['aaa123xyz0-a.jpg', KEY, 'aaa123xyz0-a.jpg'];
    const options = { expiresIn: 600, stableFor: 300 };
    const urls = await aura.getSignedUrls(new Set(keys), options);
    expect(urls).toEqual([
      await aura.getSignedUrl('aaa123xyz0-a.jpg', options),
      await aura.getSignedUrl(KEY, options),
    ]);
    expect(await aura.getSignedUrls(keys, options)).toHaveLength(3);
    expect(await aura.getSignedUrls([])).toEqual([]);
    expectTypeOf(urls).toEqualTypeOf<readonly string[]>();
  });

  it('rejects if one of the keys is invalid', async () => {
    await expect(aura.getSignedUrls([KEY, 'a//b'])).rejects.toMatchObject({ code: 'key_invalid' });
  });
});
