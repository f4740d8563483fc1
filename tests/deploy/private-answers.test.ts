import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Gallery,
  NOT_FOUND,
  sharedGallery,
  TOKEN_INVALID,
  TOKEN_MISSING,
  withQuery,
} from '../acceptance/support/serve-gallery.js';
import type { Ask } from '../acceptance/support/serve-request.js';
import type { Daemon } from '../harness/daemon.js';
import { CACHES, OBSTINATE } from './support/caches.js';
import { answerId, askThrough, outcome } from './support/through.js';

/** Everything that an image is asked for, by the query and by the request's fields. */
const QUESTIONS: readonly (readonly [what: string, query: string, options: Ask])[] = [
  ['the master', '', {}],
  ['a variant', 'w=20&fmt=jpeg', {}],
  ['a variant of the best format', 'w=21', { headers: { accept: 'image/avif,image/webp' } }],
  ['a placeholder', 'lqip=true', {}],
  ['the blurhash', 'blur=true', {}],
  ['a range', '', { headers: { range: 'bytes=0-9' } }],
  ['the head', '', { method: 'HEAD' }],
];

let gallery: Gallery;
let strange: string;

beforeAll(async () => {
  gallery = await sharedGallery();
  const { searchParams } = new URL(await gallery.server.aura.getSignedUrl(gallery.open.key));
  strange = `token=${searchParams.get('token')}`;
});

describe.each(CACHES)('$name', ({ start, dropsCookies }) => {
  let cache: Daemon;
  beforeAll(async () => {
    cache = await start(gallery.server.url);
  });
  afterAll(() => cache?.stop());

  const bodiless = (method?: string) => method === 'HEAD';

  it.each(QUESTIONS)('serves %s only with the token', async (_what, query, options) => {
    const { closed, signedUrl } = gallery;
    const bare = withQuery(closed.url, query);
    const refused = async (url: string, text: string) => {
      const reply = await askThrough(cache, url, options);
      expect(outcome(reply)).toEqual([403, bodiless(options.method) ? '' : text]);
    };
    const given = async () => {
      const reply = await askThrough(cache, withQuery(signedUrl, query), options);
      expect([200, 206]).toContain(reply.status);
      return answerId(reply);
    };
    await refused(bare, TOKEN_MISSING);
    const first = await given();
    await refused(bare, TOKEN_MISSING);
    await refused(withQuery(bare, strange), TOKEN_INVALID);
    await refused(withQuery(bare, 'token='), TOKEN_INVALID);
    expect(await given(), 'asked of the server each time').not.toBe(first);
    await refused(bare, TOKEN_MISSING);
  });

  it('serves what a cookie opens only with the cookie', async () => {
    const { closed, signedUrl } = gallery;
    const url = withQuery(closed.url, 'w=22');
    const token = new URL(signedUrl).searchParams.get('token');
    const headers = { cookie: `aura-token=${token}` };
    const ids = new Set<string>();
    for (let i = 0; i < 2; i++) {
      expect(outcome(await askThrough(cache, url))).toEqual([403, TOKEN_MISSING]);
      const given = await askThrough(cache, url, { headers });
      expect(given.status).toBe(dropsCookies ? 403 : 200);
      expect(given.headers.vary).toContain('Cookie');
      ids.add(answerId(given));
    }
    expect(ids.size, 'asked of the server each time').toBe(2);
  });

  it('sends no 304 without a token', async () => {
    const { closed, signedUrl } = gallery;
    const { headers } = await askThrough(cache, signedUrl);
    const options = { headers: { 'if-none-match': String(headers.etag) } };
    // nginx passes no condition on, and sends the whole.
    expect([200, 304]).toContain((await askThrough(cache, signedUrl, options)).status);
    const bare = await askThrough(cache, closed.url, options);
    expect(outcome(bare)).toEqual([403, TOKEN_MISSING]);
  });

  it('does not serve /v1/blurhash to others either', async () => {
    const { server, project, closed, signedUrl } = gallery;
    const bare = `${server.url}/v1/blurhash/${project}/${closed.key}`;
    expect((await askThrough(cache, bare + new URL(signedUrl).search)).status).toBe(200);
    expect(outcome(await askThrough(cache, bare))).toEqual([403, TOKEN_MISSING]);
  });

  it('does not cache refusals', async () => {
    const { server, project, closed, open } = gallery;
    const unknown = `${server.url}/${project}/abcdefghij-nothing.jpg`;
    const refusals = [unknown, closed.url, withQuery(open.url, 'w=none'), `${server.url}/ready/`];
    for (const url of refusals) {
      const first = await askThrough(cache, url);
      expect(first.status, url).toBeGreaterThanOrEqual(400);
      expect(answerId(await askThrough(cache, url)), url).not.toBe(answerId(first));
    }
    expect(outcome(await askThrough(cache, unknown))).toEqual([404, NOT_FOUND]);
  });

  it('caches a public image, so that these tests prove something', async () => {
    const url = withQuery(gallery.open.url, 'w=10&fmt=jpeg');
    const first = await askThrough(cache, url);
    expect(first.status).toBe(200);
    expect(answerId(await askThrough(cache, url))).toBe(answerId(first));
  });
});

describe('a cache that ignores Cache-Control', () => {
  it('serves private images to anyone: no server can prevent it', async () => {
    const cache = await OBSTINATE.start(gallery.server.url);
    try {
      expect((await askThrough(cache, gallery.signedUrl)).status).toBe(200);
      expect((await askThrough(cache, gallery.closed.url)).status).toBe(200);
    } finally {
      await cache.stop();
    }
  });
});
