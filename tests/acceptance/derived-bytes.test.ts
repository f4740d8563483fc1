import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { drawing } from '../files/pictures.js';
import { type Person, signUp } from '../harness/control.js';
import { removeFolder } from '../harness/remove.js';
import { type TestServer, temporaryFolder } from '../harness/server.js';
import { deleteImage } from '../heavy/support/library.js';
import { withQuery } from './support/serve-gallery.js';
import { ask } from './support/serve-request.js';
import { addShot, openStudio, type Shot } from './support/transform-studio.js';
import { filesUnder } from './support/upload-store.js';
import { processesOf, spread } from './support/workers.js';

/** Of one machine. Each has its own part of the cache. */
const WORKERS = 2;
const QUERIES = ['w=100&fmt=webp', 'w=120&fmt=jpeg'];
/** Visibility of each image. */
const KINDS = ['public', 'private', 'public', 'private'] as const;
/** Longer than the promise of a minute. */
const PATIENCE_MS = 70_000;

let dataDir: string;
let server: TestServer;
let owner: Person;
/** Of the cache before the images ended. */
let copy: string;
let before: Record<string, number>;

beforeAll(async () => {
  dataDir = await temporaryFolder();
  server = await openStudio({ dataDir, env: { AURA_WORKERS: String(WORKERS) } });
  owner = await signUp(server);
  copy = join(dataDir, 'copy');
  const shots = await fill();
  before = await cacheEntries();
  await cp(join(dataDir, 'cache'), copy, { recursive: true });
  await endAll(shots);
});
afterAll(async () => {
  await server?.kill();
  await removeFolder(dataDir);
});

const variantFiles = async () =>
  (await filesUnder(dataDir, 'cache')).filter((path) => !path.includes('/tmp/left'));

/** Entries in the memory and on the disk of all workers. */
async function cacheEntries(): Promise<Record<string, number>> {
  const text = (await ask(`${server.url}/metrics`)).body.toString();
  const lines = text.matchAll(/^aura_cache_entries\{tier="(\w+)"\} (\d+)$/gm);
  return Object.fromEntries([...lines].map(([, tier = '', count]) => [tier, Number(count)]));
}

/** Public and private images whose variants are in the cache of every worker. */
async function fill(): Promise<Shot[]> {
  const file = await drawing(300, 200).jpeg().toBuffer();
  const shots: Shot[] = [];
  for (const visibility of KINDS) {
    const shot = await addShot(server, file, visibility);
    shots.push(shot);
    for (const query of QUERIES) {
      const replies = await spread(2 * WORKERS, () => ask(withQuery(shot.signed, query)));
      expect(processesOf(replies)).toBe(WORKERS);
      for (const { status } of replies) expect(status).toBe(200);
    }
  }
  return shots;
}

async function eventually<T>(read: () => Promise<T>, isDone: (value: T) => boolean): Promise<T> {
  const started = Date.now();
  for (;;) {
    const value = await read();
    if (isDone(value) || Date.now() - started > PATIENCE_MS) return value;
    await new Promise((resolve) => setTimeout(resolve, 2000));
  }
}

/** Deletes the first image, flips the second and third, and deletes the project with the last. */
async function endAll([first, second, third]: readonly Shot[]): Promise<void> {
  expect(await deleteImage(server, first?.key ?? '')).toBe(204);
  await server.aura.setVisibility(second?.key ?? '', 'public');
  await server.aura.setVisibility(third?.key ?? '', 'private');
  const { projectName } = server.credentials;
  await owner.json('DELETE', `/v1/projects/${projectName}`, { confirm: projectName });
}

it('the variants of deleted and flipped images leave every worker within a minute', async () => {
  const least = WORKERS * QUERIES.length * KINDS.length;
  expect(before['disk']).toBeGreaterThanOrEqual(least);
  expect(before['memory']).toBeGreaterThanOrEqual(least);
  const after = await eventually(cacheEntries, ({ memory, disk }) => memory === 0 && disk === 0);
  expect(after).toEqual({ memory: 0, disk: 0 });
  expect(await variantFiles()).toEqual([]);
}, 120_000);

it('they do not survive a restart', async () => {
  const { credentials } = server;
  await server.stop();
  // As after an end in between: the bytes are still there.
  const cache = join(dataDir, 'cache');
  await removeFolder(cache);
  await cp(copy, cache, { recursive: true });
  await removeFolder(copy);
  expect(await variantFiles()).not.toEqual([]);
  server = await openStudio({ dataDir, credentials, env: { AURA_WORKERS: String(WORKERS) } });
  expect(await eventually(variantFiles, ({ length }) => length === 0)).toEqual([]);
}, 120_000);
