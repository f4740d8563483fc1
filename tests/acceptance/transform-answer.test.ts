import { beforeAll, describe, expect, it } from 'vitest';
import { isSimulated } from '../cloudflare/differences.js';
import { drawing } from '../files/pictures.js';
import { shortOrLong } from '../harness/long.js';
import { type SharedServer, sharedServer } from '../harness/shared-server.js';
import { type Ask, ask, json } from './support/serve-request.js';
import {
  accepting,
  addShot,
  cacheOf,
  lookAt,
  type Shot,
  timingOf,
  VISIBILITIES,
  type Visibility,
  verdictOf,
} from './support/transform-studio.js';

const CACHING = {
  public: 'public, max-age=31536000, immutable',
  private: 'private, max-age=300',
} as const;
const STRONG_TAG = /^"[\x21\x23-\x7e]+"$/;
const BROWSER = 'image/avif,image/webp,image/*,*/*;q=0.8';

let server: SharedServer;
let shots: Record<Visibility, Shot>;

beforeAll(async () => {
  server = await sharedServer();
  const file = await drawing(600, 400).jpeg().toBuffer();
  shots = {
    public: await addShot(server, file, 'public'),
    private: await addShot(server, file, 'private'),
  };
});

describe.each(VISIBILITIES)('a variant of a %s image', (visibility) => {
  const get = (query: string, options: Ask = {}) => ask(shots[visibility].of(query), options);

  const sizes: [string, string, number, number][] = [
    ['w=150', 'image/jpeg', 150, 100],
    ['h=100', 'image/jpeg', 150, 100],
    ['w=150&fmt=jpeg', 'image/jpeg', 150, 100],
    ['w=150&fmt=webp', 'image/webp', 150, 100],
    ['w=150&fmt=avif', 'image/avif', 150, 100],
    ['w=150&fmt=png', 'image/png', 150, 100],
    ['w=80&h=90', 'image/jpeg', 80, 90],
    ['w=80&h=90&fit=contain', 'image/jpeg', 80, 90],
    ['w=80&h=90&fit=auto', 'image/jpeg', 80, 90],
    ['w=80&h=90&fit=face', 'image/jpeg', 80, 90],
    ['q=30', 'image/jpeg', 600, 400],
    ['fmt=auto', 'image/jpeg', 600, 400],
  ];
  // transform-private.test.ts looks for a face in a private image, too.
  const isCheap = ([query]: (typeof sizes)[number]) =>
    visibility === 'public' || !query.includes('fit=face');
  it.each(sizes.filter((size) => shortOrLong(isCheap(size), true)))(
    '%s: %s of %i × %i',
    async (query, type, width, height) => {
      const reply = await get(query);
      expect(verdictOf(reply)).toBe('200');
      expect(await lookAt(reply)).toMatchObject({ type, width, height });
      const { headers, body } = reply;
      expect(headers).toMatchObject({
        'content-type': type,
        'content-length': String(body.length),
        'accept-ranges': 'bytes',
        'cache-control': CACHING[visibility],
        etag: expect.stringMatching(STRONG_TAG),
        'x-content-type-options': 'nosniff',
        'content-security-policy': "default-src 'none'; sandbox",
        'referrer-policy': 'no-referrer',
        'cross-origin-resource-policy': 'cross-origin',
        'access-control-allow-origin': '*',
        'timing-allow-origin': '*',
        'x-request-id': expect.stringMatching(/./),
      });
      expect(headers['content-encoding']).toBeUndefined();
      expect(headers['x-aura-fallback']).toBeUndefined();
      expect(headers.vary).toBe(/fmt=(?!auto)/.test(query) ? undefined : 'Accept');
    },
  );

  it('reports its steps in Server-Timing when it is made', async () => {
    const reply = await get('w=151&fmt=webp');
    const timing = timingOf(reply);
    expect([...timing.keys()].sort()).toEqual(['cache', 'decode', 'encode', 'origin', 'resize']);
    for (const step of ['origin', 'decode', 'resize', 'encode']) {
      expect(timing.get(step), step).toMatch(/^dur=\d+(\.\d+)?$/);
    }
    expect(cacheOf(reply)).toBe(visibility === 'private' ? 'BYPASS' : 'MISS');
  });

  it('has a stable ETag for each size, fit, quality and format', async () => {
    const queries = [
      'w=90&fmt=webp',
      'w=91&fmt=webp',
      'w=90&q=50&fmt=webp',
      'w=90&fmt=jpeg',
      'w=90&fmt=png',
      'w=90&h=90&fmt=webp',
      'w=90&h=90&fit=contain&fmt=webp',
    ];
    const tags = async () => {
      const replies = await Promise.all(queries.map((query) => get(query)));
      return replies.map(({ headers }) => headers.etag);
    };
    const first = await tags();
    const master = await get('');
    expect(new Set([...first, master.headers.etag]).size).toBe(queries.length + 1);
    expect(await tags()).toEqual(first);
  });

  it('has another ETag and type for another Accept', async () => {
    const replies = [
      await get('w=92', accepting('image/webp')),
      await get('w=92', accepting('image/jpeg')),
    ];
    expect(replies.map(({ headers }) => headers['content-type'])).toEqual([
      'image/webp',
      'image/jpeg',
    ]);
    expect(replies[0]?.headers.etag).not.toBe(replies[1]?.headers.etag);
  });

  it.each(['w=93&fmt=jpeg', 'w=93', 'w=93&h=93', 'lqip=true', 'blur=true'])(
    'HEAD of %s tells what GET sends',
    async (query) => {
      const early = await get(query, accepting(BROWSER, { method: 'HEAD' }));
      const whole = await get(query, accepting(BROWSER));
      const head = await get(query, accepting(BROWSER, { method: 'HEAD' }));
      for (const { headers, ...reply } of [early, head]) {
        expect(verdictOf({ headers, ...reply })).toBe('200');
        for (const name of ['content-type', 'cache-control', 'accept-ranges', 'vary']) {
          expect(headers[name], name).toBe(whole.headers[name]);
        }
      }
      expect(early.body).toHaveLength(0);
      expect(head.body).toHaveLength(0);
      expect(head.headers.etag).toBe(whole.headers.etag);
      expect(Number(head.headers['content-length'])).toBe(whole.body.length);
    },
  );

  it('is not sent again to a client that has it (304)', async () => {
    const { headers } = await get('w=94&fmt=jpeg');
    const etag = String(headers.etag);
    for (const list of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const reply = await get('w=94&fmt=jpeg', { headers: { 'If-None-Match': list } });
      expect(verdictOf(reply), list).toBe('304');
      expect(reply.body).toHaveLength(0);
      expect(reply.headers.etag).toBe(etag);
      expect(reply.headers['cache-control']).toBe(CACHING[visibility]);
    }
    for (const other of ['"other"', String((await get('w=95&fmt=jpeg')).headers.etag)]) {
      const reply = await get('w=94&fmt=jpeg', { headers: { 'If-None-Match': other } });
      expect(verdictOf(reply), other).toBe('200');
    }
  });

  it('has Vary: Accept on a 304', async () => {
    const { headers } = await get('w=96', accepting(BROWSER));
    const known = { headers: { 'If-None-Match': headers.etag } };
    const reply = await get('w=96', accepting(BROWSER, known));
    expect(verdictOf(reply)).toBe('304');
    expect(reply.headers.vary).toBe('Accept');
    // The client has another representation than this Accept selects.
    expect(verdictOf(await get('w=96', accepting('image/jpeg', known)))).toBe('200');
  });

  it('serves ranges, also when it is made for one', async () => {
    const part = await get('w=97&fmt=jpeg', { headers: { Range: 'bytes=10-19' } });
    const whole = await get('w=97&fmt=jpeg');
    expect(part.status).toBe(206);
    expect(part.body.equals(whole.body.subarray(10, 20))).toBe(true);
    expect(part.headers['content-range']).toBe(`bytes 10-19/${whole.body.length}`);
    expect(part.headers['content-length']).toBe('10');
    expect(part.headers.etag).toBe(whole.headers.etag);

    const last = await get('w=97&fmt=jpeg', { headers: { Range: 'bytes=-5' } });
    expect(last.body.equals(whole.body.subarray(-5))).toBe(true);
    const past = await get('w=97&fmt=jpeg', { headers: { Range: 'bytes=9999999-' } });
    expect(verdictOf(past)).toBe('416 range_not_satisfiable');
    expect(past.headers['content-range']).toBe(`bytes */${whole.body.length}`);
    const changed = { Range: 'bytes=0-9', 'If-Range': '"other"' };
    const again = await get('w=97&fmt=jpeg', { headers: changed });
    expect(again.status).toBe(200);
    expect(again.body.equals(whole.body)).toBe(true);
  });

  it('blur=true is the blurhash, with any other parameter', async () => {
    const alone = await get('blur=true');
    expect(alone.headers['content-type']).toBe('application/json');
    expect(json(alone)).toEqual({ blurhash: expect.stringMatching(/^.{6,}$/) });
    const beside = await get('blur=true&w=10&fmt=png&lqip=true', accepting(BROWSER));
    expect(beside.body.equals(alone.body)).toBe(true);
    expect(beside.headers.vary).toBeUndefined();
  });

  it('lqip=true is 50 pixels wide and small, with any other parameter', async () => {
    const alone = await get('lqip=true&fmt=jpeg');
    expect(await lookAt(alone)).toMatchObject({ type: 'image/jpeg', width: 50, height: 33 });
    const beside = await get('lqip=true&fmt=jpeg&w=300&h=300&q=100&fit=contain');
    expect(beside.headers.etag).toBe(alone.headers.etag);
    expect(beside.body.equals(alone.body)).toBe(true);
    const better = await get('w=50&fmt=jpeg');
    if (!isSimulated('quality')) expect(alone.body.length).toBeLessThan(better.body.length);
  });
});
