import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { differs } from '../cloudflare/differences.js';
import { pictures } from '../files/pictures.js';
import { upload } from '../harness/upload.js';
import { type Gallery, sharedGallery, withQuery } from './support/serve-gallery.js';
import { ask } from './support/serve-request.js';

const PUBLIC = 'public, max-age=31536000, immutable';
const PRIVATE = 'private, max-age=300';
const STRONG_TAG = /^"[\x21\x23-\x7e]+"$/;
/** Past the end of every master here. */
const PAST_END = { Range: 'bytes=99999999-' };

let gallery: Gallery;
let etag: string;

beforeAll(async () => {
  gallery = await sharedGallery();
  etag = String((await ask(gallery.open.url)).headers.etag);
});

type Case = readonly [string, number, (g: Gallery) => string, () => Record<string, string>];

const nothing = () => ({});

const SUCCESSES: readonly Case[] = [
  ['public', 200, (g) => g.open.url, nothing],
  ['private', 200, (g) => g.signedUrl, nothing],
  ['public part', 206, (g) => g.open.url, () => ({ Range: 'bytes=1-2' })],
  ['private part', 206, (g) => g.signedUrl, () => ({ Range: 'bytes=1-2' })],
  ['public, known', 304, (g) => g.open.url, () => ({ 'If-None-Match': etag })],
  ['private, known', 304, (g) => g.signedUrl, () => ({ 'If-None-Match': etag })],
  ['public blurhash', 200, (g) => withQuery(g.open.url, 'blur=true'), nothing],
  ['private blurhash', 200, (g) => withQuery(g.signedUrl, 'blur=true'), nothing],
  ['public variant', 200, (g) => withQuery(g.open.url, 'w=10'), nothing],
  ['private variant', 200, (g) => withQuery(g.signedUrl, 'w=10'), nothing],
  ['private, bare', 200, (g) => withQuery(g.signedUrl, 'metadata=none'), nothing],
];

/** Of the file as it was uploaded. */
const DIGESTED = new Set(['public', 'private', 'public part', 'private part']);

const DOTS: readonly Case[] = differs('paths')
  ? []
  : [['dots', 404, (g) => g.open.url.replace(g.open.key, `./${g.open.key}`), nothing]];

const FAILURES: readonly Case[] = [
  ['malformed, public', 400, (g) => withQuery(g.open.url, 'w=x'), nothing],
  ['malformed, private', 400, (g) => withQuery(g.signedUrl, 'w=x'), nothing],
  ['no token', 403, (g) => g.closed.url, nothing],
  ['bad token', 403, (g) => withQuery(g.closed.url, 'token=x'), nothing],
  ['unknown', 404, (g) => `${g.server.url}/${g.project}/zzzzzzzzzz-none.jpg`, nothing],
  ['escaped', 404, (g) => g.open.url.replace('.jpg', '%2ejpg'), nothing],
  ...DOTS,
  ['past the end, public', 416, (g) => g.open.url, () => PAST_END],
  ['past the end, private', 416, (g) => g.signedUrl, () => PAST_END],
];

/** Sends the request of the case with its path unchanged. */
async function get([, , address, headers]: Case, method: string) {
  const url = address(gallery);
  const target = url.slice(gallery.server.url.length);
  return ask(gallery.server.url, { method, headers: headers(), target });
}

function statusFor(method: string, status: number): number {
  return method === 'HEAD' && (status === 206 || status === 416) ? 200 : status;
}

describe.each(['GET', 'HEAD'])('%s', (method) => {
  it.each([...SUCCESSES, ...FAILURES])('every answer: %s (%i)', async (...wanted: Case) => {
    const { status, headers } = await get(wanted, method);
    expect(status).toBe(statusFor(method, wanted[1]));
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; sandbox",
      'referrer-policy': 'no-referrer',
      'cross-origin-resource-policy': 'cross-origin',
      'access-control-allow-origin': '*',
      'timing-allow-origin': '*',
      'x-request-id': expect.stringMatching(/./),
    });
    const exposed = String(headers['access-control-expose-headers']).split(', ');
    expect(exposed).toEqual(
      expect.arrayContaining([
        ...['Repr-Digest', 'Retry-After', 'Server-Timing'],
        ...['X-Aura-Error', 'X-Aura-Fallback', 'X-Aura-Smart-Crop'],
      ]),
    );
    expect(headers['set-cookie']).toBeUndefined();
  });

  it.each(SUCCESSES)('success: %s (%i)', async (...wanted: Case) => {
    const isPrivate = wanted[0].startsWith('private');
    const { headers, body } = await get(wanted, method);
    expect(headers['cache-control']).toBe(isPrivate ? PRIVATE : PUBLIC);
    expect(headers.etag).toMatch(STRONG_TAG);
    const digest = createHash('sha256').update(gallery.file).digest('base64');
    const expected = DIGESTED.has(wanted[0]) ? `sha-256=:${digest}:` : undefined;
    expect(headers['repr-digest']).toBe(expected);
    expect(headers['server-timing']).toMatch(
      isPrivate
        ? /^origin;dur=\d+(\.\d+)?, cache;desc="BYPASS"$/
        : /(^|, )cache;desc="(HIT|MISS)"$/,
    );
    expect(headers['x-aura-error']).toBeUndefined();
    if (method === 'GET') {
      expect(headers['content-length'] ?? '0').toBe(String(body.length));
    } else {
      expect(body).toHaveLength(0);
    }
  });

  it.each(FAILURES)('failure: %s (%i)', async (...wanted: Case) => {
    const { status, headers, body } = await get(wanted, method);
    if (status === 200) return expect(method).toBe('HEAD'); // HEAD ignores ranges
    expect(headers['cache-control']).toBe('no-store');
    expect(headers['x-aura-error']).toMatch(/^[a-z_]+$/);
    expect(headers['content-type']).toBe('application/json');
    expect(headers['server-timing'] ?? '').not.toContain('HIT');
    expect(Number(headers['content-length'])).toBeGreaterThan(0);
    if (method === 'HEAD') return expect(body).toHaveLength(0);
    expect(JSON.parse(body.toString())).toEqual({ message: expect.stringMatching(/./) });
  });
});

describe('HEAD has the headers of GET', () => {
  it.each([
    ['public', (g: Gallery) => g.open.url],
    ['private', (g: Gallery) => g.signedUrl],
    ['blurhash', (g: Gallery) => withQuery(g.open.url, 'blur=true')],
  ])('%s', async (_name, address) => {
    const [head, get] = await Promise.all([
      ask(address(gallery), { method: 'HEAD' }),
      ask(address(gallery)),
    ]);
    const names = ['content-type', 'content-length', 'etag', 'cache-control', 'accept-ranges'];
    for (const name of names) expect(head.headers[name], name).toBe(get.headers[name]);
  });
});

describe('a master', () => {
  const types = [
    ['jpeg', 'image/jpeg'],
    ['png', 'image/png'],
    ['gif', 'image/gif'],
    ['webp', 'image/webp'],
    ['avif', 'image/avif'],
    ...(differs('formats') ? [] : ([['tiff', 'image/tiff']] as const)),
  ] as const;
  it.each(types)('%s is returned byte for byte, with its detected type', async (name, type) => {
    const file = await pictures[name]();
    const { url } = await upload(gallery.server, file, 'public', 'misnamed.html');
    const first = await ask(url, { headers: { 'Accept-Encoding': 'gzip, br' } });
    const second = await ask(url);
    for (const { headers, body } of [first, second]) {
      expect(body.equals(file)).toBe(true);
      expect(headers['content-type']).toBe(type);
      expect(headers['content-length']).toBe(String(file.length));
      expect(headers['accept-ranges']).toBe('bytes');
      expect(headers['content-encoding']).toBeUndefined();
    }
    expect(first.headers['server-timing']).toContain('MISS');
    expect(second.headers['server-timing']).toContain('HIT');
  });

  it('has the same ETag for the same bytes, and another for others', async () => {
    const others = await upload(gallery.server, await pictures.png(), 'public', 'x.png');
    expect((await ask(others.url)).headers.etag).not.toBe(etag);
    expect((await ask(gallery.open.url)).headers.etag).toBe(etag);
    const blur = await ask(withQuery(gallery.open.url, 'blur=true'));
    expect(blur.headers.etag).not.toBe(etag);
  });

  it('too large for the edge cache is read from the store each time', async () => {
    const small = await pictures.png();
    const file = Buffer.concat([small, Buffer.alloc(1_500_000, 'x')]);
    for (const visibility of ['public', 'private'] as const) {
      const { key } = await upload(gallery.server, file, visibility, 'big.png');
      const url = await gallery.server.aura.getSignedUrl(key);
      for (let time = 0; time < 2; time++) {
        const { headers, body } = await ask(url);
        expect(sha256(body)).toBe(sha256(file));
        expect(headers['server-timing']).toContain(visibility === 'public' ? 'MISS' : 'BYPASS');
      }
      const part = await ask(url, { headers: { Range: 'bytes=1000000-1000009' } });
      expect(part.body.toString()).toBe('xxxxxxxxxx');
      expect(part.headers['content-range']).toBe(`bytes 1000000-1000009/${file.length}`);
    }
  });
});

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
