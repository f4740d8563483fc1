import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drawing } from '../files/pictures.js';
import { shortOrLong } from '../harness/long.js';
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

/** Formats that are encoded again at higher effort, by visibility: in a normal run, two of each. */
const CASES = VISIBILITIES.flatMap((visibility, at) =>
  ['avif', 'webp', 'jpeg', 'png']
    .filter((_, format) => shortOrLong(format % 2 === at, true))
    .map((format) => ({ visibility, format })),
);
/** A photo, which becomes smaller with more effort; a drawing may not. */
const PHOTO = new URL('../files/assets/astronaut.jpg', import.meta.url);

let server: TestServer;

beforeAll(async () => {
  server = await openStudio({ encodesAgain: true });
});

afterAll(() => server?.kill());

describe.each(CASES)('$format of a $visibility image', ({ visibility, format }) => {
  const query = `w=160&fmt=${format}`;
  let shot: Shot;
  let first: Reply;
  let reencoded: Reply;

  beforeAll(async () => {
    shot = await addShot(server, await readFile(PHOTO), visibility);
    first = await ask(shot.of(query));
    // A second read starts the re-encode.
    const isOther = ({ headers }: Reply) => headers.etag !== first.headers.etag;
    reencoded = await askUntil(shot.of(query), isOther);
  });

  it('is replaced by a smaller file of the same image, with another ETag', async () => {
    expect([verdictOf(first), verdictOf(reencoded)]).toEqual(['200', '200']);
    expect(reencoded.body.length).toBeLessThan(first.body.length);
    const looks = [await lookAt(first), await lookAt(reencoded)];
    expect(looks[0]).toMatchObject({ type: `image/${format}`, width: 160, height: 160 });
    expect(looks[1]).toEqual(looks[0]);
    expect(reencoded.headers['cache-control']).toBe(first.headers['cache-control']);
  });

  it('is then the same in every response, and not encoded again', async () => {
    const negotiated = format === 'png' || format === 'jpeg' ? [] : [shot.of('w=160')];
    for (const url of [shot.of(query), shot.of(`h=160&${query}`), ...negotiated]) {
      const reply = await ask(url, accepting(`image/${format}`));
      expect(reply.headers.etag).toBe(reencoded.headers.etag);
      expect(reply.body.equals(reencoded.body)).toBe(true);
      expect(cacheOf(reply)).toBe(visibility === 'public' ? 'HIT' : 'BYPASS');
      expect(timingOf(reply).has('encode')).toBe(false);
    }
  });

  it('is sent to a client with the first ETag, and not to one with the new ETag', async () => {
    const known = (reply: Reply) => ({ headers: { 'If-None-Match': reply.headers.etag } });
    const old = await ask(shot.of(query), known(first));
    expect(verdictOf(old)).toBe('200');
    expect(old.headers.etag).toBe(reencoded.headers.etag);
    expect(verdictOf(await ask(shot.of(query), known(reencoded)))).toBe('304');
    // Parts of both must not be combined.
    const part = { headers: { Range: 'bytes=0-9', 'If-Range': first.headers.etag } };
    expect((await ask(shot.of(query), part)).status).toBe(200);
  });

  it('counts as one variant', async () => {
    const isIt = (path: string) => path.includes('-w160-h160-') && path.includes(`-${format}`);
    // The first bytes are removed after the others are kept.
    const kept = async () => (await keptFiles(server, visibility)).filter(isIt);
    await expect.poll(kept).toHaveLength(1);
  });

  it('is deleted like any other when visibility changes', async () => {
    const other = visibility === 'public' ? 'private' : 'public';
    await server.aura.setVisibility(shot.key, other);
    await server.aura.setVisibility(shot.key, visibility);
    const again = await ask(shot.of(query));
    expect(verdictOf(again)).toBe('200');
    expect(timingOf(again).has('encode')).toBe(true);
    expect(again.body.equals(first.body)).toBe(true);
  });
});

// Idle work waits for everything else on the machine.
it('a re-encoding during a change to private is discarded', { timeout: 120_000 }, async () => {
  const shot = await addShot(server, await drawing(600, 400).jpeg().toBuffer(), 'public');
  await ask(shot.of('w=400&fmt=avif'));
  await ask(shot.of('w=400&fmt=avif')); // this one starts the re-encode
  await server.aura.setVisibility(shot.key, 'private');
  const url = withQuery(shot.signed, 'w=200&fmt=avif');
  const { headers } = await ask(url);
  // They are re-encoded one at a time: when this one is done, so is the one before.
  await askUntil(url, (reply) => reply.headers.etag !== headers.etag);
  for (const visibility of VISIBILITIES) {
    const kept = await keptFiles(server, visibility);
    expect(kept.filter((path) => path.includes('w400'))).toEqual([]);
  }
});
