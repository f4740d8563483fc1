import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drawing } from '../files/pictures.js';
import { shortOrLong } from '../harness/long.js';
import { removeFolder } from '../harness/remove.js';
import { type TestServer, temporaryFolder } from '../harness/server.js';
import { deleteImage } from '../heavy/support/library.js';
import { withQuery } from './support/serve-gallery.js';
import { ask, type Reply } from './support/serve-request.js';
import { keptFiles, pathsWith, variantFolder } from './support/transform-files.js';
import {
  addShot,
  askUntil,
  cacheOf,
  openStudio,
  type Shot,
  timingOf,
  VISIBILITIES,
  verdictOf,
} from './support/transform-studio.js';

const QUERIES = ['w=200&fmt=jpeg', 'w=100&fmt=jpeg', 'lqip=true', 'w=90&h=90&fit=auto&fmt=jpeg'];

/** Half of them to private. */
const ROUNDS = shortOrLong(4, 8);

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

/** Requests every variant and returns their bytes. */
async function makeAll(url: string): Promise<readonly Buffer[]> {
  const bodies: Buffer[] = [];
  for (const query of QUERIES) {
    const reply = await ask(withQuery(url, query));
    expect(verdictOf(reply), query).toBe('200');
    bodies.push(reply.body);
  }
  return bodies;
}

/** How many of these variants are in the files of a folder. */
async function countKept(visibility: 'public' | 'private', bodies: readonly Buffer[]) {
  const paths = await keptFiles(server, visibility);
  const found = await Promise.all(bodies.map((body) => pathsWith(paths, body)));
  return found.flat().length;
}

/** A picture that no other test uses, so that its bytes come from nowhere else. */
async function fresh(visibility: 'public' | 'private', size: number): Promise<Shot> {
  return addShot(
    server,
    await drawing(600, 300 + size)
      .jpeg()
      .toBuffer(),
    visibility,
  );
}

describe('variants of a private image', () => {
  it('are made once, stored on the private side only, and never a HIT', async () => {
    const shot = await fresh('private', 1);
    const bodies = await makeAll(shot.signed);
    for (let time = 0; time < 3; time++) {
      for (const [index, query] of QUERIES.entries()) {
        const reply = await ask(shot.of(query));
        expect(cacheOf(reply), query).toBe('BYPASS');
        expect([...timingOf(reply).keys()].sort(), query).toEqual(['cache', 'origin']);
        expect(reply.body.equals(bodies[index] ?? Buffer.of()), query).toBe(true);
      }
    }
    expect(await countKept('private', bodies)).toBe(QUERIES.length);
    expect(await countKept('public', bodies)).toBe(0);
  });

  it('are served as before where the files were lost', async () => {
    const shot = await fresh('private', 2);
    const bodies = await makeAll(shot.signed);
    await removeFolder(variantFolder(server, 'private'));
    const again = await makeAll(shot.signed);
    expect(again.every((body, index) => body.equals(bodies[index] ?? Buffer.of()))).toBe(true);
    expect(await countKept('public', bodies)).toBe(0);
  });

  it('survive a restart', async () => {
    const shot = await fresh('private', 3);
    await makeAll(shot.signed);
    const { credentials } = server;
    const path = shot.of(QUERIES[0] ?? '').slice(server.url.length);
    await server.stop();
    server = await openStudio({ dataDir, credentials });
    // Files of the previous process are indexed while the server starts.
    const isKept = (reply: Reply) => !timingOf(reply).has('encode');
    const reply = await askUntil(`${server.url}${path}`, isKept);
    expect([verdictOf(reply), cacheOf(reply)]).toEqual(['200', 'BYPASS']);
  });

  it('are deleted when it becomes public', async () => {
    const shot = await fresh('private', 4);
    const bodies = await makeAll(shot.signed);
    await server.aura.setVisibility(shot.key, 'public');
    expect(await countKept('private', bodies)).toBe(0);
    const first = await ask(withQuery(shot.bare, QUERIES[0] ?? ''));
    expect([verdictOf(first), cacheOf(first)]).toEqual(['200', 'MISS']);
    expect(cacheOf(await ask(withQuery(shot.bare, QUERIES[0] ?? '')))).toBe('HIT');
  });
});

describe('variants of a public image', () => {
  it('are refused and evicted from the cache when it becomes private', async () => {
    const shot = await fresh('public', 5);
    const bodies = await makeAll(shot.bare);
    expect(await countKept('public', bodies)).toBe(QUERIES.length);
    const etag = (await ask(shot.of(QUERIES[0] ?? ''))).headers.etag;
    await server.aura.setVisibility(shot.key, 'private');
    expect(await countKept('public', bodies)).toBe(0);
    for (const query of QUERIES) {
      for (const headers of [{}, { 'If-None-Match': etag }, { Range: 'bytes=0-9' }]) {
        const reply = await ask(withQuery(shot.bare, query), { headers });
        expect(verdictOf(reply), query).toBe('403 signed_token_required');
      }
    }
    for (const query of QUERIES) {
      const reply = await ask(withQuery(shot.signed, query));
      expect([verdictOf(reply), cacheOf(reply)]).toEqual(['200', 'BYPASS']);
      expect(reply.headers['cache-control']).toBe('private, max-age=300');
    }
    expect(await countKept('public', bodies)).toBe(0);
  });

  it('never stay behind when visibility changes while they are made', async () => {
    const shot = await fresh('public', 6);
    for (let round = 0; round < ROUNDS; round++) {
      const visibility = round % 2 === 0 ? 'private' : 'public';
      const query = (width: number) => `w=${100 + 10 * round + width}&fmt=jpeg`;
      const asked = [0, 1, 2, 3].map((width) => ask(withQuery(shot.signed, query(width))));
      await server.aura.setVisibility(shot.key, visibility);
      const unsigned = await ask(withQuery(shot.bare, query(0)));
      expect(verdictOf(unsigned)).toBe(
        visibility === 'private' ? '403 signed_token_required' : '200',
      );
      const replies = await Promise.all(asked);
      expect(new Set(replies.map(verdictOf))).toEqual(new Set(['200']));
    }
    await server.aura.setVisibility(shot.key, 'private');
    const bodies: Buffer[] = [];
    for (let width = 100; width < 100 + 10 * ROUNDS; width++) {
      bodies.push((await ask(withQuery(shot.signed, `w=${width}&fmt=jpeg`))).body);
    }
    expect(await countKept('public', bodies)).toBe(0);
  });
});

it.each(VISIBILITIES)('no variant of a deleted %s image is left', async (visibility) => {
  const shot = await addShot(server, file, visibility);
  const bodies = await makeAll(shot.signed);
  const folders = async () => [
    await countKept('public', bodies),
    await countKept('private', bodies),
  ];
  expect(await folders()).not.toEqual([0, 0]);
  expect(await deleteImage(server, shot.key)).toBe(204);
  expect(await folders()).toEqual([0, 0]);
  for (const query of QUERIES) {
    expect(verdictOf(await ask(withQuery(shot.signed, query)))).toBe('404 image_not_found');
  }
});
