import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drawing } from '../files/pictures.js';
import { answerOf, firstFrame } from '../golden/answer.js';
import { distance } from '../golden/distance.js';
import { isClose, LIMITS } from '../golden/limits.js';
import type { TestServer } from '../harness/server.js';
import { ask } from './support/serve-request.js';
import { keptFiles } from './support/transform-files.js';
import { addShot, openStudio, type Shot, VISIBILITIES } from './support/transform-studio.js';

/** Large enough that a PNG is decoded once for all its variants. */
const [WIDTH, HEIGHT] = [3600, 2400];
const isCopy = (path: string) => path.includes('-reduced~');

let server: TestServer;
let master: Buffer;
/** The master in these widths, as sharp makes them. */
const expected = new Map<number, Awaited<ReturnType<typeof firstFrame>>>();

beforeAll(async () => {
  server = await openStudio();
  master = await drawing(WIDTH, HEIGHT).removeAlpha().png({ compressionLevel: 1 }).toBuffer();
  for (const w of [240, 480]) {
    expected.set(w, await firstFrame(await sharp(master).resize(w).png().toBuffer()));
  }
});
afterAll(() => server?.kill());

describe.each(VISIBILITIES)('a large %s PNG', (visibility) => {
  let shot: Shot;
  beforeAll(async () => {
    shot = await addShot(server, master, visibility, 'large.png');
  });
  const copies = async () => (await keptFiles(server, visibility)).filter(isCopy);

  it('leaves one reduced copy for variants that are asked for at once', async () => {
    const replies = await Promise.all([160, 320, 640].map((w) => ask(shot.of(`w=${w}&fmt=webp`))));
    expect(replies.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(await copies()).toHaveLength(1);
  });

  // Where a decoder that shrinks moves hard edges most: to 480 px it would read a quarter of the copy.
  it.each([
    ['avif', 240],
    ['avif', 480],
    ['webp', 240],
    ['jpeg', 480],
  ] as const)('looks the same as %s of %i px', async (format, w) => {
    const made = await firstFrame((await answerOf(shot.of(`w=${w}&fmt=${format}`))).bytes);
    const found = distance(made, expected.get(w) as typeof made);
    expect(isClose(found, LIMITS[format]), `${found.mean} ${found.worst}`).toBe(true);
  });

  it('leaves it no longer after a change of visibility', async () => {
    expect(await copies()).toHaveLength(1);
    const other = visibility === 'public' ? 'private' : 'public';
    await server.aura.setVisibility(shot.key, other);
    expect(await copies()).toHaveLength(0);
  });
});
