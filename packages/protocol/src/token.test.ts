import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { decodeBase64url, encodeBase64url } from './base64url.js';
import { anyText } from './testing/any-text.js';

interface Vector {
  readonly kind: string;
  readonly note: string;
  readonly secret: string;
  readonly payloadJson: string;
  readonly token: string;
}

const file = new URL('../../../tests/vectors/token-vectors.json', import.meta.url);
const { vectors } = JSON.parse(readFileSync(file, 'utf8')) as { vectors: Vector[] };

const SECRET = 'psk_live_test-only';
/** Strings of any UTF-16 code units: lone surrogates, NUL, emoji. */
const anyString = fc.oneof(
  fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)) }),
  anyText(),
  fc.constantFrom('\ud800', '\udc00\ud800', '\0', '📷', '"\\/', '\u2028', '__proto__'),
);

const paths = [
  { name: 'native', hmac: () => import('./hmac.node.js'), webCalls: 0 },
  { name: 'WebCrypto', hmac: () => import('./hmac.web.js'), webCalls: 1 },
];

describe.each(paths)('tokens, HMAC $name', ({ hmac, webCalls }) => {
  let token: typeof import('./token.js');
  beforeAll(async () => {
    vi.resetModules();
    vi.doMock('#hmac', hmac);
    token = await import('./token.js');
  });
  afterAll(() => vi.doUnmock('#hmac'));

  /** The claims of a token that the secret signed; `null` for any other text. */
  async function read(text: string, secret = SECRET) {
    const split = token.splitToken(text);
    if (split === null || (await token.matchSignature(split, [secret])) < 0) return null;
    return token.parseClaims(split);
  }

  it('signs on the path that its name says', async () => {
    const sign = vi.spyOn(crypto.subtle, 'sign');
    await token.signToken({}, SECRET);
    expect(sign).toHaveBeenCalledTimes(webCalls);
    sign.mockRestore();
  });

  it('has vectors of both kinds', () => {
    expect(new Set(vectors.map(({ kind }) => kind))).toEqual(new Set(['upload', 'serve']));
  });

  it.each(vectors)('accepts the vector: $kind, $note', async (vector) => {
    expect(await read(vector.token, vector.secret)).toEqual(JSON.parse(vector.payloadJson));
    expect(await read(vector.token, `${vector.secret}x`)).toBeNull();
  });

  it('signs the vectors that have no free white space byte for byte', async () => {
    const compact = vectors.filter(
      (v) => JSON.stringify(JSON.parse(v.payloadJson)) === v.payloadJson,
    );
    expect(compact.length).toBeGreaterThanOrEqual(5);
    for (const { payloadJson, secret, token: expected } of compact) {
      expect(await token.signToken(JSON.parse(payloadJson), secret)).toBe(expected);
    }
  });

  it('returns any claims that it signed', async () => {
    const claims = fc.dictionary(anyString, fc.oneof(anyString, fc.integer(), fc.boolean()));
    await fc.assert(
      fc.asyncProperty(claims, anyText({ minLength: 1 }), async (value, key) => {
        const signed = await token.signToken(value, key);
        fc.pre(signed.length <= token.MAX_TOKEN_LENGTH);
        expect(await read(signed, key)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it('refuses a token with any one character changed, added or taken away', async () => {
    const character = fc.oneof(
      fc.constantFrom(...'AQgwEIMUYcgkosw048-_.=+/ '),
      anyText({ minLength: 1, maxLength: 1 }),
    );
    await fc.assert(
      fc.asyncProperty(anyString, fc.nat(), character, async (text, position, other) => {
        const signed = await token.signToken({ f: text }, SECRET);
        const at = position % signed.length;
        const [before, after] = [signed.slice(0, at), signed.slice(at + 1)];
        expect(await read(before + after)).toBeNull();
        expect(await read(before + other + signed.slice(at))).toBeNull();
        fc.pre(signed[at] !== other);
        expect(await read(before + other + after)).toBeNull();
      }),
      { numRuns: 500 },
    );
  });

  it('returns the index of the secret that signed', async () => {
    const split = token.splitToken(await token.signToken({}, 'new'));
    expect(split).not.toBeNull();
    if (split === null) return;
    expect(await token.matchSignature(split, ['old', 'new'])).toBe(1);
    expect(await token.matchSignature(split, ['old'])).toBe(-1);
    expect(await token.matchSignature(split, [])).toBe(-1);
  });
});

describe('splitToken and parseClaims', () => {
  const signature = 'A'.repeat(43);
  let token: typeof import('./token.js');
  beforeAll(async () => {
    token = await import('./token.js');
  });
  const claimsIn = (payload: Uint8Array) =>
    token.parseClaims({ payload: encodeBase64url(payload), signature });

  it('accepts at most 4,096 characters', () => {
    const payload = 'A'.repeat(4096 - 44);
    expect(token.splitToken(`${payload}.${signature}`)).toEqual({ payload, signature });
    expect(token.splitToken(`${payload}AA.${signature}`)).toBeNull();
  });

  it.each([
    ['nothing', ''],
    ['no dot', 'AA'],
    ['no payload', `.${signature}`],
    ['no signature', 'AA.'],
    ['a dot in the payload: the last one divides', `AA.AA.${signature}`],
    ['a dot at the end', `AA.${signature}.`],
    ['a short signature', `AA.${signature.slice(1)}`],
    ['a long signature', `AA.${signature}A`],
    ['left-over bits in the signature', `AA.${signature.slice(1)}B`],
    ['left-over bits in the payload', `AB.${signature}`],
    ['padding', `AA==.${signature}`],
    ['white space', ` AA.${signature}`],
    ['a line feed at the end', `AA.${signature}\n`],
  ])('refuses %s', (_, text) => expect(token.splitToken(text)).toBeNull());

  it.each(['', 'null', '[]', '1', '"{}"', '{', '{}{}', '{"a":1,}', '\ufeff{}', "{'a':1}"])(
    'returns null for %j',
    (json) => expect(claimsIn(new TextEncoder().encode(json))).toBeNull(),
  );

  it.each([
    ['a stray continuation byte', [0x7b, 0x22, 0x80, 0x22, 0x3a, 0x31, 0x7d]],
    ['an overlong form', [0x7b, 0x22, 0xc1, 0xa1, 0x22, 0x3a, 0x31, 0x7d]],
    ['a surrogate', [0x7b, 0x22, 0xed, 0xa0, 0x80, 0x22, 0x3a, 0x31, 0x7d]],
  ])('takes bytes that are not UTF-8 for no claims: %s', (_, bytes) => {
    expect(claimsIn(new Uint8Array(bytes))).toBeNull();
  });

  it('never throws, whatever the token', () => {
    fc.assert(
      fc.property(fc.uint8Array(), anyString, (bytes, text) => {
        const split = token.splitToken(text);
        expect(split === null || token.parseClaims(split) !== undefined).toBe(true);
        expect(claimsIn(bytes)).not.toBeUndefined();
      }),
    );
  });
});

describe('makeSecret', () => {
  let token: typeof import('./token.js');
  beforeAll(async () => {
    token = await import('./token.js');
  });
  const prefixes = ['sk_live_', 'psk_live_'] as const;

  it.each(prefixes)('appends 256 bits to %s', (prefix) => {
    const secret = token.makeSecret(prefix);
    expect(secret.startsWith(prefix)).toBe(true);
    expect(decodeBase64url(secret.slice(prefix.length))).toHaveLength(32);
  });

  it.each(prefixes)('never makes the same %s secret twice', (prefix) => {
    const secrets = Array.from({ length: 1000 }, () => token.makeSecret(prefix));
    expect(new Set(secrets).size).toBe(1000);
  });

  it('has prefixes that do not start with each other', () => {
    expect([token.SECRET_KEY_PREFIX, token.SERVE_SECRET_PREFIX]).toEqual(prefixes);
    expect(token.makeSecret('psk_live_').startsWith('sk_live_')).toBe(false);
    expect(token.makeSecret('sk_live_').startsWith('psk_live_')).toBe(false);
  });
});
