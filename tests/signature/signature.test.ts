import { createHmac } from 'node:crypto';
import { verifySecretKeyToken } from '@auraimage/protocol';
import { verifyServeToken } from '@auraimage/sdk/server';
import { beforeAll, describe, expect, it } from 'vitest';
import { readVectors } from '../vectors/index.js';
import { type Call, isInstalled, LANGUAGES, runExample } from './languages.js';
import { SPEC } from './spec.js';

const required = (process.env['AURA_REQUIRE_LANGUAGES'] ?? 'python').split(',').filter(Boolean);
const installed = LANGUAGES.filter(isInstalled);
// Tests are declared for a required language even if it is missing, so that they fail.
const tested = LANGUAGES.filter((each) => installed.includes(each) || required.includes(each.name));
const missing = LANGUAGES.filter((each) => !installed.includes(each));
console.log(
  `Signature examples run in: ${namesOf(installed)}. Not installed here: ${namesOf(missing)}.`,
);

const vectors = readVectors();
const SECRET_KEY = 'sk_live_schlüssel-🔑';
const SERVE_SECRET = 'psk_live_schlüssel-🔑';
const NAME = 'users/42/avatar';
const KEY = 'abc123xyz0-café-📷 "1".jpg';
/** Payloads of every length modulo three, and with bytes that encode to `-` and `_`. */
const payloads = ['{}', '[1]', '"ab"', '>>>???', '"\\u0000\u2028<&\'/"', JSON.stringify(KEY)];
const lifetimes = [
  { asked: 600, life: 600 },
  { asked: 1, life: 60 },
  { asked: -1, life: 60 },
  { asked: 10_000_000, life: 604_800 },
];

const calls = {
  vectors: vectors.map(({ payloadJson, secret }) => call('sign', payloadJson, secret)),
  payloads: payloads.map((payload) => call('sign', payload, SECRET_KEY)),
  upload: [
    call('upload', SECRET_KEY, 'my-app', 5_242_880, ['image/jpeg', 'image/png'], 600, 'private'),
    call('upload', SECRET_KEY, 'my-app', 2_147_483_648, ['image/*'], 3600, 'public'),
  ],
  serve: lifetimes.map(({ asked }) => call('serve', SERVE_SECRET, 'my-app', KEY, asked)),
  url: [KEY, NAME].map((key) =>
    call('url', 'https://cdn.example', SERVE_SECRET, 'my-app', key, 600),
  ),
  visibility: [call('visibility', SECRET_KEY, 'my-app', KEY, 'private')],
};

it('knows every required language, and tests at least Python', () => {
  const names = LANGUAGES.map(({ name }) => name);
  expect(required.filter((name) => !names.includes(name))).toEqual([]);
  expect(namesOf(tested)).toContain('python');
});

describe.each(tested)('the example in $name', (language) => {
  type Group = keyof typeof calls;
  let failure: unknown;
  const results = new Map<Group, readonly string[]>();
  const of = (group: Group) => {
    if (failure !== undefined) throw failure;
    return results.get(group) ?? [];
  };

  beforeAll(async () => {
    try {
      const returned = [...(await runExample(language, Object.values(calls).flat()))];
      for (const [group, made] of Object.entries(calls)) {
        results.set(group as Group, returned.splice(0, made.length));
      }
    } catch (error) {
      failure = error;
    }
  }, 180_000);

  it('runs', () => expect(of('vectors')).toHaveLength(vectors.length));

  it.each(vectors.map((vector, index) => ({ ...vector, index })))(
    'signs the vector: $kind, $note',
    ({ token, index }) => expect(of('vectors')[index]).toBe(token),
  );

  it('signs a payload of any length and characters', () => {
    expect(of('payloads')).toEqual(payloads.map((payload) => reference(payload, SECRET_KEY)));
  });

  it('signs upload tokens', async () => {
    const [first = '', second = ''] = of('upload');
    const claims = await secretKeyClaims(first);
    expect(claims).toEqual({
      projectName: 'my-app',
      maxSize: 5_242_880,
      allowedTypes: ['image/jpeg', 'image/png'],
      visibility: 'private',
      iat: claims.iat,
      exp: claims.iat + 600,
    });
    expect(await secretKeyClaims(second)).toMatchObject({ maxSize: 2_147_483_648 });
  });

  it.each(lifetimes.map((lifetime, index) => ({ ...lifetime, index })))(
    'signs a serve token for $asked seconds that expires after $life',
    async ({ index, life }) => {
      expect(await serveLife(of('serve')[index] ?? '')).toBe(life);
    },
  );

  it('signs a URL that names the same key as its token', async () => {
    const { origin, pathname, searchParams } = new URL(of('url')[0] ?? '');
    expect([origin, decodeURIComponent(pathname)]).toEqual([
      'https://cdn.example',
      `/my-app/${KEY}`,
    ]);
    expect([...searchParams.keys()]).toEqual(['token']);
    expect(await serveLife(searchParams.get('token') ?? '')).toBe(600);
  });

  it('keeps the slashes of a name in the URL', async () => {
    const { pathname, searchParams } = new URL(of('url')[1] ?? '');
    expect(pathname).toBe(`/my-app/${NAME}`);
    expect(await serveLife(searchParams.get('token') ?? '', NAME)).toBe(600);
  });

  it('signs visibility tokens', async () => {
    const claims = await secretKeyClaims(of('visibility')[0] ?? '');
    expect(claims).toMatchObject({
      projectName: 'my-app',
      act: 'visibility',
      f: KEY,
      visibility: 'private',
    });
  });
});

it('the spec explains one vector step by step', () => {
  const [, line = '{}'] = /^JSON {7}(.+)$/m.exec(SPEC) ?? [];
  const vector = vectors.find(({ payloadJson }) => payloadJson === line);
  const [payload = '', signature = ''] = vector?.token.split('.') ?? [];
  for (const shown of [
    `secret     ${vector?.secret}`,
    `payload    ${payload}`,
    `HMAC, hex  ${Buffer.from(signature, 'base64url').toString('hex')}`,
    `signature  ${signature}`,
    `token      ${vector?.token}`,
  ]) {
    expect(SPEC).toContain(`${shown}\n`);
  }
});

function call(name: Call['function'], ...parameters: readonly unknown[]): Call {
  return { function: name, arguments: parameters };
}

function namesOf(languages: typeof LANGUAGES): string {
  return languages.map(({ name }) => name).join(', ') || 'none';
}

function reference(payloadJson: string, secret: string): string {
  const payload = Buffer.from(payloadJson).toString('base64url');
  return `${payload}.${createHmac('sha256', secret).update(payload).digest('base64url')}`;
}

function seconds(): number {
  return Math.floor(Date.now() / 1000);
}

async function secretKeyClaims(token: string) {
  const verdict = await verifySecretKeyToken(token, () => [SECRET_KEY], seconds());
  if (!verdict.ok) throw new Error(verdict.reason);
  return verdict.claims;
}

/** Seconds from signing to expiry of a token that is valid for the image now. */
async function serveLife(token: string, key = KEY): Promise<number> {
  const claims = await verifyServeToken(token, SERVE_SECRET, {
    image: { project: 'my-app', key },
  });
  if (claims === null) throw new Error('the token is not valid');
  return claims.exp - (claims.iat ?? Number.NaN);
}
