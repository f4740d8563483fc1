import { beforeAll, describe, expect, it } from 'vitest';
import { differs } from '../cloudflare/differences.js';
import { pictures } from '../files/pictures.js';
import type { Credentials } from '../harness/server.js';
import { type SharedServer, sharedServer } from '../harness/shared-server.js';
import { filePart, form, postRaw, uploadHead } from './support/upload-form.js';
import { exchange, type RawAnswer } from './support/upload-raw.js';
import { type Traces, tracesOf } from './support/upload-store.js';
import { hmac, nowSeconds, sign, uploadClaims } from './support/upload-tokens.js';

/** Of an image, as all keys look. */
const KEY = 'abc123xyz0-photo.jpg';
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

describe('hostile upload tokens', () => {
  let server: SharedServer;
  let mine: Credentials;
  let other: Credentials;
  let body: Buffer;
  let before: Traces;

  beforeAll(async () => {
    server = await sharedServer();
    mine = server.credentials;
    other = (await sharedServer()).credentials;
    body = form(filePart(await pictures.jpeg()));
    before = await tracesOf(server);
  });

  function send(token: string): Promise<RawAnswer> {
    return postRaw(server, token, body);
  }

  /** A token with these claims, otherwise valid, signed with the right key. */
  function signed(changes: Readonly<Record<string, unknown>>): string {
    return sign(uploadClaims(mine, changes), mine.secretKey);
  }

  async function expectRefused(token: string): Promise<void> {
    const { status, headers, body: text } = await send(token);
    expect([status, headers.get('x-aura-error')]).toEqual([401, 'upload_token_invalid']);
    expect(headers.get('cache-control')).toBe('no-store');
    // All get the same response, so that it does not reveal which keys or projects exist.
    expect(JSON.parse(text)).toEqual({ message: 'Invalid or expired upload token' });
  }

  it('asks for a token where there is none', async () => {
    const { status, headers } = await exchange(server.url, [
      uploadHead(null, { 'Content-Length': body.length }),
      body,
    ]);
    expect([status, headers.get('x-aura-error')]).toEqual([401, 'upload_token_required']);
  });

  it('refuses a token of which one character is another', async () => {
    const token = signed({});
    for (let at = 0; at < token.length; at++) {
      const index = ALPHABET.indexOf(token[at] ?? '');
      const swapped = index < 0 ? 'A' : ALPHABET[(index + 1) % 64];
      const tampered = `${token.slice(0, at)}${swapped}${token.slice(at + 1)}`;
      const answer = await exchange(server.url, [uploadHead(tampered, { 'Content-Length': 9 })]);
      expect([at, answer.status]).toEqual([at, 401]);
    }
  });

  it('refuses a token that was cut off, at any place', async () => {
    const token = signed({});
    for (let length = 0; length < token.length; length += 3) {
      const cut = uploadHead(token.slice(0, length), { 'Content-Length': 9 });
      expect([length, (await exchange(server.url, [cut])).status]).toEqual([length, 401]);
    }
  });

  it.each<[string, (token: string) => string]>([
    ['padding', (token) => `${token}=`],
    ['padding of the payload', (token) => token.replace('.', '=.')],
    ['bits of the last character that stand for nothing', (token) => spareBits(token)],
    ['the standard alphabet', (token) => `${token.slice(0, -2)}+/`],
    ['a space within', (token) => token.replace('.', ' .')],
    ['a percent escape', (token) => token.replace('.', '%2E')],
    ['a second dot', (token) => token.replace('.', '..')],
    ['a third half', (token) => `${token}.${token.split('.')[1]}`],
    ['a JWT header before it', (token) => `eyJhbGciOiJub25lIn0.${token}`],
    ['no signature', (token) => token.replace(/\..*/, '.')],
    ['no payload', (token) => token.replace(/.*\./, '.')],
    ['no dot', (token) => token.replace('.', '')],
    ['a signature in hexadecimal', (token) => toHex(token)],
    ['quotes', (token) => `"${token}"`],
    ['a scheme', (token) => `Bearer ${token}`],
    ['another token behind it', (token) => `${token}, ${token}`],
    ['characters outside ASCII', (token) => `${token}\u00e9`],
  ])('refuses a token with %s', async (_what, change) => {
    await expectRefused(change(signed({})));
  });

  it('refuses the header field twice, though each is good', async () => {
    const token = signed({});
    const head = uploadHead(token, { 'x-aura-signature': token, 'Content-Length': body.length });
    expect((await exchange(server.url, [head, body])).status).toBe(401);
  });

  it('takes a token of up to 4,096 characters and none that is longer', async () => {
    const padTo = (length: number) => {
      const bare = signed({ pad: '' }).length;
      let token = '';
      for (let pad = Math.floor(((length - bare) * 3) / 4) - 3; token.length < length; pad++) {
        token = signed({ pad: 'x'.repeat(pad) });
      }
      return token;
    };
    const longest = [4096, 4095].map(padTo).find(({ length }) => length <= 4096) ?? '';
    expect((await send(longest)).status).toBe(201);
    await expectRefused(padTo(4097));
    await expectRefused(padTo(12_000));
    before = await tracesOf(server);
  });

  if (!differs('http'))
    it('answers 431 to a token that is no header field any more', async () => {
      const { status, headers } = await send(signed({ pad: 'x'.repeat(20_000) }));
      expect([status, headers.get('x-aura-error')]).toEqual([431, 'headers_too_large']);
    });

  it.each<[string, () => string]>([
    ['a wrong secret', () => sign(uploadClaims(mine), 'sk_live_wrong')],
    ['no secret', () => sign(uploadClaims(mine), '')],
    ['the secret without its prefix', () => sign(uploadClaims(mine), mine.secretKey.slice(8))],
    ["the project's serve secret", () => sign(uploadClaims(mine), mine.serveSecret)],
    ["another project's key", () => sign(uploadClaims(mine), other.secretKey)],
    ["the project's key, for another project", () => sign(uploadClaims(other), mine.secretKey)],
    ['the key, over its claims instead of its payload', () => signedOverText()],
  ])('refuses a token signed with %s', async (_what, make) => {
    await expectRefused(make());
  });

  /** The signature covers the decoded JSON, a common mistake against the spec. */
  function signedOverText(): string {
    const text = JSON.stringify(uploadClaims(mine));
    return `${Buffer.from(text).toString('base64url')}.${hmac(text, mine.secretKey)}`;
  }

  it.each<[string, () => string | Promise<string>]>([
    ['a serve token', serveToken],
    ['serve claims signed with the secret key', () => sign(serveClaims(), mine.secretKey)],
    ['a visibility token', () => signed(visibilityClaims())],
    ['a visibility token with upload claims', () => signed({ act: 'visibility' })],
    ['a token with the act "upload"', () => signed({ act: 'upload' })],
    ['a token with an empty act', () => signed({ act: '' })],
    ['a token with the act null', () => signed({ act: null })],
    ['a token with the act false', () => signed({ act: false })],
  ])('refuses %s', async (_what, make) => {
    await expectRefused(await make());
  });

  async function serveToken(): Promise<string> {
    const url = await server.aura.getSignedUrl(KEY);
    return new URL(url).searchParams.get('token') ?? '';
  }

  function serveClaims() {
    return { p: mine.projectName, f: KEY, exp: nowSeconds() + 600 };
  }

  function visibilityClaims() {
    return { act: 'visibility', f: KEY, visibility: 'public', exp: nowSeconds() + 200 };
  }

  it('leaves nothing of all these refusals', async () => {
    expect(await tracesOf(server)).toEqual(before);
    expect((await fetch(`${server.url}/ready`)).status).toBe(200);
  });
});

function spareBits(token: string): string {
  const last = ALPHABET.indexOf(token.at(-1) ?? '');
  return `${token.slice(0, -1)}${ALPHABET[last ^ 1]}`;
}

function toHex(token: string): string {
  const [payload = '', signature = ''] = token.split('.');
  return `${payload}.${Buffer.from(signature, 'base64url').toString('hex')}`;
}
