import { beforeAll, describe, expect, it } from 'vitest';
import {
  expectRefused as expectRefusedUrl,
  expectTokenRefused,
  type Gallery,
  goodClaims,
  sharedGallery,
  withToken,
} from './support/serve-gallery.js';
import { ask } from './support/serve-request.js';
import { handToken, now, signText } from './support/serve-token.js';

const DAY = 86_400;
const LONGEST_TOKEN = 4096;

let gallery: Gallery;
let secret: string;

beforeAll(async () => {
  gallery = await sharedGallery();
  secret = gallery.server.credentials.serveSecret;
});

const claims = (changes: Readonly<Record<string, unknown>> = {}) => goodClaims(gallery, changes);
const expectRefused = (token: string) => expectTokenRefused(gallery, token);
const good = () => handToken(claims(), secret);

describe('a token made by hand is accepted', () => {
  it.each<[string, () => string]>([
    ['with the three claims', good],
    ['with iat', () => handToken(claims({ iat: now() }), secret)],
    ['with unknown claims', () => handToken(claims({ aud: 'me', w: 5, x: { y: [] } }), secret)],
    [
      'with claims in another order',
      () => handToken({ ...claims({ exp: 0 }), ...claims() }, secret),
    ],
    ['with spaces in its JSON', () => handToken(JSON.stringify(claims(), null, 2), secret)],
    ['that ends in exactly seven days', () => handToken(claims({ exp: now() + 7 * DAY }), secret)],
    ['of the greatest length', () => ofLength(LONGEST_TOKEN)],
  ])('%s', async (_name, token) => {
    const { status, body } = await ask(withToken(gallery.closed.url, token()));
    expect(status).toBe(200);
    expect(body.equals(gallery.file)).toBe(true);
  });
});

describe('a changed token', () => {
  it('is refused with any one character changed', async () => {
    const token = good();
    for (let at = 0; at < token.length; at += 3) {
      const replacement = token[at] === 'A' ? 'B' : 'A';
      await expectRefused(token.slice(0, at) + replacement + token.slice(at + 1));
    }
  });

  it('is refused if cut or extended to any length', async () => {
    const token = good();
    for (let length = 0; length < token.length; length += 7) {
      await expectRefused(token.slice(0, length));
    }
    const dot = token.lastIndexOf('.');
    const [payload, signature] = [token.slice(0, dot), token.slice(dot + 1)];
    for (const changed of [
      token.slice(0, -1),
      token.slice(1),
      payload,
      `${payload}.`,
      `.${signature}`,
      '.',
      '..',
      `${token}.`,
      `.${token}`,
      `${token}A`,
      `${payload}..${signature}`,
      `${payload}.${payload}.${signature}`,
      `${payload}.${signature}.${signature}`,
      `${signature}.${payload}`,
      `${payload}.${'A'.repeat(43)}`,
    ]) {
      await expectRefused(changed);
    }
  });

  it('is refused in another spelling of the same bytes', async () => {
    const token = good();
    const dot = token.lastIndexOf('.');
    const [payload, signature] = [token.slice(0, dot), token.slice(dot + 1)];
    for (const changed of [
      `${token}=`,
      `${payload}=.${signature}`,
      `${payload}.${otherTrailingBits(signature)}`,
      `${payload}.${Buffer.from(signature, 'base64url').toString('hex')}`,
      ` ${token}`,
      `${token}\n`,
      `${payload}. ${signature}`,
      `${token}\0`,
      `\ufeff${token}`,
      token.replace('.', '\u3002'),
      token.replaceAll('e', '\uff45'),
    ]) {
      await expectRefused(changed);
    }
  });

  it('is refused with a non-canonical payload and a valid signature', async () => {
    const bytes = Buffer.from(JSON.stringify(claims({ a: '\u00ff\u00fe>?>?' })));
    for (const padding of ['', ' ', '  ']) {
      const padded = Buffer.concat([bytes, Buffer.from(padding)]);
      const texts = [`${padded.toString('base64url')}=`, `${padded.toString('base64url')}\n`];
      if (padded.length % 3 > 0) texts.push(otherTrailingBits(padded.toString('base64url')));
      if (/[+/=]/.test(padded.toString('base64'))) texts.push(padded.toString('base64'));
      for (const text of texts) await expectRefused(signText(text, secret));
    }
  });

  it('is refused over 4,096 characters', async () => {
    await expectRefused(ofLength(LONGEST_TOKEN + 2));
    await expectRefused(ofLength(7000));
    await expectRefused('A'.repeat(8000));
    await expectRefused('.'.repeat(8000));
  });
});

describe('the parameter', () => {
  it('is refused twice, even with the same valid token', async () => {
    const token = good();
    const { url } = gallery.closed;
    const queries = [`${token}&token=${token}`, `${token}&token=`, `&token=${token}`];
    queries.push(`x&token=${token}`, `${token}&%74oken=${token}`, `${token}&w=1&token=x`);
    for (const query of queries) await expectRefusedUrl(`${url}?token=${query}`, query);
  });

  it('is not read under another name or elsewhere', async () => {
    const token = good();
    const { url } = gallery.closed;
    for (const query of [`?Token=${token}`, `?token[]=${token}`, `??token=${token}`]) {
      expect((await ask(url + query)).status, query).toBe(403);
    }
    const target = `${new URL(url).pathname};token=${token}`;
    expect((await ask(url, { target })).status).toBe(404);
    const headers = { Authorization: `Bearer ${token}`, Cookie: `token=${token}`, token };
    expect((await ask(url, { headers: { ...headers, 'X-Aura-Signature': token } })).status).toBe(
      403,
    );
  });

  it('may be percent-encoded and among other parameters', async () => {
    const token = good();
    const escaped = token.replace('.', '%2E').replace('e', '%65');
    const { url } = gallery.closed;
    for (const query of [`?token=${escaped}`, `?a=1&token=${token}&b=2`, `?&&token=${token}#x`]) {
      expect((await ask(url, { target: new URL(url).pathname + query })).status, query).toBe(200);
    }
  });
});

/** An otherwise valid token of an exact length. */
function ofLength(length: number): string {
  const wanted = length - 44; // the dot and the signature
  let pad = '';
  const payload = () => Buffer.from(JSON.stringify(claims({ pad }))).toString('base64url');
  pad = 'x'.repeat(Math.floor(((wanted - payload().length) * 3) / 4));
  while (payload().length < wanted) pad += 'x';
  const token = signText(payload(), secret);
  expect(token).toHaveLength(length);
  return token;
}

/** Replaces the last character by the next one of the alphabet: the same bytes if it has unused bits. */
function otherTrailingBits(text: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  const last = alphabet.indexOf(text.slice(-1));
  const changed = text.slice(0, -1) + alphabet[last + 1];
  expect(Buffer.from(changed, 'base64url')).toEqual(Buffer.from(text, 'base64url'));
  return changed;
}
