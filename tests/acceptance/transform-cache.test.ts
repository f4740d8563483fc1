import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drawing } from '../files/pictures.js';
import { removeFolder } from '../harness/remove.js';
import { type TestServer, temporaryFolder } from '../harness/server.js';
import { ask, type Reply } from './support/serve-request.js';
import { keptFiles, variantFolder } from './support/transform-files.js';
import {
  addShot,
  askUntil,
  cacheOf,
  openStudio,
  type Shot,
  timingOf,
  verdictOf,
} from './support/transform-studio.js';

const QUERY = 'w=200&fmt=jpeg';
/** More than the queue of the engine holds, however many cores there are. */
const CROWD = 150;

let dataDir: string;
let server: TestServer;
let file: Buffer;

beforeAll(async () => {
  dataDir = await temporaryFolder();
  server = await openStudio({ dataDir });
  file = await drawing(600, 400).jpeg().toBuffer();
});

afterAll(async () => {
  await server?.kill();
  await removeFolder(dataDir);
});

const CROP = { top: 0, width: 100, height: 200 };
/** Mean difference of two samples that are of the same part of the drawing. */
const NEAR = 4;

async function distanceOf({ body }: Reply, expected: Buffer): Promise<number> {
  const got = await sharp(body).raw().toBuffer();
  expect(got.length).toBe(expected.length);
  return got.reduce((sum, value, n) => sum + Math.abs(value - (expected[n] ?? 0)), 0) / got.length;
}

function wasMade(reply: Reply): boolean {
  return timingOf(reply).has('encode');
}

describe('variants of public images', () => {
  it('are made once, and then come from the cache', async () => {
    const { of } = await addShot(server, file, 'public');
    const first = await ask(of(QUERY));
    expect([cacheOf(first), wasMade(first)]).toEqual(['MISS', true]);
    for (const method of ['GET', 'HEAD', 'GET']) {
      const reply = await ask(of(QUERY), { method });
      expect([cacheOf(reply), wasMade(reply)]).toEqual(['HIT', false]);
      expect(reply.headers.etag).toBe(first.headers.etag);
      if (method === 'GET') expect(reply.body.equals(first.body)).toBe(true);
    }
    const known = await ask(of(QUERY), { headers: { 'If-None-Match': first.headers.etag } });
    expect([verdictOf(known), cacheOf(known)]).toEqual(['304', 'HIT']);
  });

  it('are not made for HEAD, which leaves out what only making them would tell', async () => {
    const { of } = await addShot(server, file, 'public');
    for (let time = 0; time < 2; time++) {
      const head = await ask(of(QUERY), { method: 'HEAD' });
      expect([verdictOf(head), cacheOf(head), wasMade(head)]).toEqual(['200', 'MISS', false]);
      for (const name of ['content-length', 'etag', 'transfer-encoding']) {
        expect(head.headers[name], name).toBeUndefined();
      }
    }
    expect(cacheOf(await ask(of(QUERY)))).toBe('MISS');
  });

  it('survive a restart, byte for byte and with their ETags', async () => {
    const { of, bare } = await addShot(server, file, 'public');
    const path = of(QUERY).slice(server.url.length);
    const before = await ask(of(QUERY));
    expect(await keptFiles(server, 'public')).not.toHaveLength(0);
    const { credentials } = server;
    await server.stop();
    server = await openStudio({ dataDir, credentials });
    expect(bare).not.toContain(server.url);
    // The disk is indexed while the server starts.
    const after = await askUntil(`${server.url}${path}`, (reply) => cacheOf(reply) === 'HIT');
    expect(after.headers.etag).toBe(before.headers.etag);
    expect(after.body.equals(before.body)).toBe(true);
  });

  it('are made again when the folder of the cache was deleted under the server', async () => {
    const { of } = await addShot(server, file, 'public');
    const before = await ask(of(QUERY));
    for (let time = 0; time < 3; time++) {
      await removeFolder(variantFolder(server, 'public'));
      const again = await ask(of(QUERY));
      const fresh = await ask(of(`w=${201 + time}&fmt=jpeg`));
      for (const reply of [again, fresh]) expect(verdictOf(reply)).toBe('200');
      expect(again.body.equals(before.body)).toBe(true);
      expect(cacheOf(await ask(of(`w=${201 + time}&fmt=jpeg`)))).toBe('HIT');
    }
  });
});

describe('another focal point', () => {
  it.each(['public', 'private'] as const)(
    'gives crops of a %s image other bytes under another ETag, at once, and nothing else',
    async (visibility) => {
      const { of, key } = await addShot(server, file, visibility);
      const crop = 'w=100&h=200&fmt=png';
      const others = ['', 'w=100&h=200&fmt=png&fit=contain', 'w=150&fmt=png', 'lqip=true'];
      const before = await Promise.all(others.map((query) => ask(of(query))));
      const first = await ask(of(crop));
      const middle = await sharp(file)
        .resize(300, 200)
        .extract({ ...CROP, left: 100 })
        .raw()
        .toBuffer();
      expect(await distanceOf(first, middle)).toBeLessThan(NEAR);

      const { version } = await server.aura.setFocus(key, { x: 0, y: 0.5 });
      expect(version).toBe(2);
      const known = { headers: { 'If-None-Match': first.headers.etag } };
      const moved = await ask(of(crop), known);
      expect([verdictOf(moved), wasMade(moved)]).toEqual(['200', true]);
      const left = await sharp(file)
        .resize(300, 200)
        .extract({ ...CROP, left: 0 })
        .raw()
        .toBuffer();
      expect(await distanceOf(moved, left)).toBeLessThan(NEAR);
      expect((await ask(of(`${crop}&v=${version}`))).headers.etag).toBe(moved.headers.etag);
      for (const [n, query] of others.entries()) {
        const reply = await ask(of(query));
        expect(reply.headers.etag, query).toBe(before[n]?.headers.etag);
        expect(wasMade(reply), query).toBe(false);
      }

      await server.aura.setFocus(key, null);
      const again = await ask(of(crop), known);
      expect([verdictOf(again), wasMade(again)]).toEqual(['304', false]);
    },
  );
});

describe('concurrent requests for one variant', () => {
  it.each(['public', 'private'] as const)('share one computation: %s', async (visibility) => {
    const { of } = await addShot(server, await drawing(1600, 1200).jpeg().toBuffer(), visibility);
    // Takes long to make, and is small.
    const url = of('w=400&fmt=avif');
    const replies = await Promise.all(Array.from({ length: CROWD }, () => ask(url)));
    expect(new Set(replies.map(verdictOf))).toEqual(new Set(['200']));
    expect(new Set(replies.map(({ body }) => body.toString('latin1'))).size).toBe(1);
    // One job has one duration, reported to all requests that waited for it.
    const times = replies.filter(wasMade).map((reply) => {
      const timing = timingOf(reply);
      return ['decode', 'resize', 'encode'].map((step) => timing.get(step)).join(' ');
    });
    expect(times.length).toBeGreaterThan(0);
    expect(new Set(times).size).toBe(1);
  });
});

describe('without a cache', () => {
  let bareServer: TestServer;
  let open: Shot;
  let closed: Shot;

  beforeAll(async () => {
    bareServer = await openStudio({ env: { AURA_CACHE: '0' } });
    open = await addShot(bareServer, file, 'public');
    closed = await addShot(bareServer, file, 'private');
  });

  afterAll(() => bareServer?.kill());

  it('every response is computed, and none is a HIT', async () => {
    const replies = [await ask(open.of(QUERY)), await ask(open.of(QUERY))];
    expect(replies.map(cacheOf)).toEqual(['MISS', 'MISS']);
    expect(replies.map(wasMade)).toEqual([true, true]);
    expect(replies[0]?.headers.etag).toBe(replies[1]?.headers.etag);
  });

  it('a client that has the variant gets a 304, and nothing is computed', async () => {
    for (const shot of [open, closed]) {
      const { headers } = await ask(shot.of(QUERY));
      const known = { headers: { 'If-None-Match': headers.etag } };
      const reply = await ask(shot.of(QUERY), known);
      expect([verdictOf(reply), wasMade(reply)]).toEqual(['304', false]);
      expect(reply.headers.etag).toBe(headers.etag);
      const other = await ask(shot.of('w=210&fmt=jpeg'), known);
      expect([verdictOf(other), wasMade(other)]).toEqual(['200', true]);
    }
  });
});
