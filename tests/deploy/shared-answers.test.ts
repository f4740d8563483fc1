import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TOKEN_INVALID, TOKEN_MISSING, withQuery } from '../acceptance/support/serve-gallery.js';
import { openStudio } from '../acceptance/support/transform-studio.js';
import { drawing } from '../files/pictures.js';
import type { Daemon } from '../harness/daemon.js';
import type { TestServer } from '../harness/server.js';
import { type SharedServer, sharedServer } from '../harness/shared-server.js';
import { upload } from '../harness/upload.js';
import { CACHES, FAITHFUL, PLAIN } from './support/caches.js';
import { answerId, askThrough, outcome } from './support/through.js';

const ACCEPTS = [
  ['image/avif,image/webp,*/*', 'image/avif'],
  ['image/webp,*/*', 'image/webp'],
  ['*/*', 'image/jpeg'],
] as const;

let server: SharedServer;
let picture: Buffer;

beforeAll(async () => {
  server = await sharedServer();
  picture = await drawing(64, 48).jpeg().toBuffer();
});

describe.each(CACHES)('$name', ({ start, byQuery }) => {
  let cache: Daemon;
  beforeAll(async () => {
    cache = await start(server.url);
  });
  afterAll(() => cache?.stop());

  it.each([ACCEPTS, [...ACCEPTS].reverse()])(
    'serves each client the best format that it accepts',
    async (...accepts) => {
      const { url } = await upload(server, picture, 'public');
      const look = async (accept: string) => {
        const reply = await askThrough(cache, withQuery(url, 'w=30'), { headers: { accept } });
        return { type: reply.headers['content-type'], id: answerId(reply) };
      };
      const first = [];
      for (const [accept, type] of accepts) {
        const seen = await look(accept);
        expect(seen.type).toBe(type);
        first.push(seen);
      }
      for (const [index, [accept]] of accepts.entries()) {
        expect(await look(accept), 'kept').toEqual(first[index]);
      }
    },
  );

  // A cache that ignores the query has one response for all sizes, which is wrong for most.
  if (byQuery) {
    it('still serves its copy of an image that was made private, but no new responses', async () => {
      const { key, url } = await upload(server, picture, 'public');
      const kept = await askThrough(cache, url);
      await server.aura.setVisibility(key, 'private');
      expect(answerId(await askThrough(cache, url))).toBe(answerId(kept));
      const other = await askThrough(cache, withQuery(url, 'w=20'));
      expect(outcome(other)).toEqual([403, TOKEN_MISSING]);
      await server.aura.setVisibility(key, 'public');
      expect((await askThrough(cache, withQuery(url, 'w=20'))).status, 'no refusal was kept').toBe(
        200,
      );
    });
  }

  it('never serves a response that was fetched for another request', async () => {
    // It is slow to render, so that all requests arrive in the meantime.
    const large = await drawing(1200, 900).jpeg().toBuffer();
    const { key, url } = await upload(server, large, 'private');
    const { searchParams } = new URL(await server.aura.getSignedUrl(key));
    const wrong = `token=${searchParams.get('token')?.slice(0, -1)}`;
    const ask = (query: string) => askThrough(cache, withQuery(url, query));
    const transform = 'w=1100&fmt=webp';
    const signed = [ask(`${transform}&${searchParams}`), ask(`${transform}&${searchParams}`)];
    const [bare, forged] = await Promise.all([
      Promise.all(Array.from({ length: 8 }, () => ask(transform))),
      Promise.all(Array.from({ length: 4 }, () => ask(`${transform}&${wrong}`))),
    ]);
    for (const reply of bare) expect(outcome(reply)).toEqual([403, TOKEN_MISSING]);
    for (const reply of forged) expect(outcome(reply)).toEqual([403, TOKEN_INVALID]);
    const given = await Promise.all(signed);
    expect(given.map(({ status }) => status)).toEqual([200, 200]);
    expect(new Set(given.map(answerId)).size, 'each was asked of the server').toBe(2);
    expect((await ask(transform)).status).toBe(403);
  });
});

describe('AURA_SHARED_MAX_AGE=0', () => {
  let strict: TestServer;
  beforeAll(async () => {
    strict = await openStudio({ env: { AURA_SHARED_MAX_AGE: '0' } });
  });
  afterAll(() => strict?.kill());

  it.each(FAITHFUL)('makes an image private at once: $name', async ({ start }) => {
    const cache = await start(strict.url);
    try {
      const { key, url } = await upload(strict, picture, 'public');
      expect((await askThrough(cache, url)).status).toBe(200);
      await strict.aura.setVisibility(key, 'private');
      expect(outcome(await askThrough(cache, url))).toEqual([403, TOKEN_MISSING]);
    } finally {
      await cache.stop();
    }
  });
});

describe('AURA_SHARED_MAX_AGE=1', () => {
  let brief: TestServer;
  beforeAll(async () => {
    brief = await openStudio({ env: { AURA_SHARED_MAX_AGE: '1' } });
  });
  afterAll(() => brief?.kill());

  it.each(PLAIN)('makes a cached image private: $name', async ({ start }) => {
    const cache = await start(brief.url);
    try {
      const { key, url } = await upload(brief, picture, 'public');
      expect((await askThrough(cache, url)).status).toBe(200);
      await brief.aura.setVisibility(key, 'private');
      while ((await askThrough(cache, url)).status === 200) await sleep(100);
      for (const _again of [1, 2, 3]) {
        expect(outcome(await askThrough(cache, url))).toEqual([403, TOKEN_MISSING]);
      }
    } finally {
      await cache.stop();
    }
  });
});
