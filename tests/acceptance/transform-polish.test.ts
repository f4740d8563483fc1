import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drawing } from '../files/pictures.js';
import type { TestServer } from '../harness/server.js';
import { withQuery } from './support/serve-gallery.js';
import { ask, type Reply } from './support/serve-request.js';
import { keptFiles } from './support/transform-files.js';
import {
  accepting,
  addShot,
  askUntil,
  cacheOf,
  lookAt,
  openStudio,
  type Shot,
  timingOf,
  VISIBILITIES,
  verdictOf,
} from './support/transform-studio.js';

const QUERY = 'w=300&fmt=avif';
/** A photograph, as those gain by the effort that drawings may not. */
const PHOTO = new URL('../files/assets/astronaut.jpg', import.meta.url);

let server: TestServer;

beforeAll(async () => {
  server = await openStudio();
});

afterAll(() => server?.kill());

describe.each(VISIBILITIES)('AVIF of a %s image', (visibility) => {
  let shot: Shot;
  let first: Reply;
  let polished: Reply;

  beforeAll(async () => {
    shot = await addShot(server, await readFile(PHOTO), visibility);
    first = await ask(shot.of(QUERY));
    // Each of these asks again: that is what has it polished.
    const isOther = ({ headers }: Reply) => headers.etag !== first.headers.etag;
    polished = await askUntil(shot.of(QUERY), isOther);
  });

  it('is replaced by a smaller file of the same image, with another ETag', async () => {
    expect([verdictOf(first), verdictOf(polished)]).toEqual(['200', '200']);
    expect(polished.body.length).toBeLessThan(first.body.length);
    const looks = [await lookAt(first), await lookAt(polished)];
    expect(looks[0]).toMatchObject({ type: 'image/avif', width: 300, height: 300 });
    expect(looks[1]).toEqual(looks[0]);
    expect(polished.headers['cache-control']).toBe(first.headers['cache-control']);
  });

  it('is then the same in every response, and not encoded again', async () => {
    for (const url of [shot.of(QUERY), shot.of('w=300&h=300&fmt=avif'), shot.of('w=300')]) {
      const reply = await ask(url, accepting('image/avif'));
      expect(reply.headers.etag).toBe(polished.headers.etag);
      expect(reply.body.equals(polished.body)).toBe(true);
      expect(cacheOf(reply)).toBe(visibility === 'public' ? 'HIT' : 'BYPASS');
      expect(timingOf(reply).has('encode')).toBe(false);
    }
  });

  it('is sent to a client with the first ETag, and not to one with the new ETag', async () => {
    const known = (reply: Reply) => ({ headers: { 'If-None-Match': reply.headers.etag } });
    const old = await ask(shot.of(QUERY), known(first));
    expect(verdictOf(old)).toBe('200');
    expect(old.headers.etag).toBe(polished.headers.etag);
    expect(verdictOf(await ask(shot.of(QUERY), known(polished)))).toBe('304');
    // A part of the one must not be put together with a part of the other.
    const part = { headers: { Range: 'bytes=0-9', 'If-Range': first.headers.etag } };
    expect((await ask(shot.of(QUERY), part)).status).toBe(200);
  });

  it('counts as one variant', async () => {
    const kept = await keptFiles(server, visibility);
    expect(kept.filter((path) => path.includes('w300-h300'))).toHaveLength(1);
  });

  it('is deleted like any other when visibility changes', async () => {
    const other = visibility === 'public' ? 'private' : 'public';
    await server.aura.setVisibility(shot.key, other);
    await server.aura.setVisibility(shot.key, visibility);
    const again = await ask(shot.of(QUERY));
    expect(verdictOf(again)).toBe('200');
    expect(timingOf(again).has('encode')).toBe(true);
    expect(again.body.equals(first.body)).toBe(true);
  });
});

it('a re-encoding during a change to private is discarded', async () => {
  const shot = await addShot(server, await drawing(900, 600).jpeg().toBuffer(), 'public');
  await ask(shot.of('w=600&fmt=avif'));
  await ask(shot.of('w=600&fmt=avif')); // this one has it polished
  await server.aura.setVisibility(shot.key, 'private');
  const url = withQuery(shot.signed, 'w=200&fmt=avif');
  const { headers } = await ask(url);
  // They are polished one after the other: when this one is done, so is the one before.
  await askUntil(url, (reply) => reply.headers.etag !== headers.etag);
  for (const visibility of VISIBILITIES) {
    const kept = await keptFiles(server, visibility);
    expect(kept.filter((path) => path.includes('w600'))).toEqual([]);
  }
});
