import { readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drawing } from '../files/pictures.js';
import { unsupported } from '../files/unsupported.js';
import { shortOrLong } from '../harness/long.js';
import type { TestServer } from '../harness/server.js';
import { deleteImage } from '../heavy/support/library.js';
import { until } from '../heavy/support/until.js';
import { type Ask, ask } from './support/serve-request.js';
import { masterPath } from './support/transform-files.js';
import { childrenOf, isRunning, kill, killingChildren } from './support/transform-processes.js';
import {
  accepting,
  addShot,
  askUntil,
  lookAt,
  openStudio,
  type Shot,
  VISIBILITIES,
  type Visibility,
  verdictOf,
} from './support/transform-studio.js';

let server: TestServer;
let counter = 0;

beforeAll(async () => {
  server = await openStudio();
});

afterAll(() => server?.kill());

/** A picture that no other test uses. */
function picture(width = 1200, height = 800): Promise<Buffer> {
  counter++;
  return drawing(width, height + counter)
    .jpeg()
    .toBuffer();
}

/** One that takes longer to render than finding and killing a process on a busy machine. */
function largePicture(): Promise<Buffer> {
  return picture(3000, 2000);
}

async function expectAlive(): Promise<void> {
  expect(server.process.exitCode).toBeNull();
  const { of } = await addShot(server, await picture(64, 48), 'public');
  // The engine may still be replacing a killed process.
  const reply = await askUntil(of('w=30&fmt=webp'), ({ status }) => status === 200);
  expect(await lookAt(reply)).toMatchObject({ type: 'image/webp', width: 30 });
}

/** A normal run has this part of the cases for public images, and the rest for private ones. */
const share = <T>(cases: readonly T[], visibility: (typeof VISIBILITIES)[number]) =>
  cases.filter((_, at) => shortOrLong(VISIBILITIES[at % 2] === visibility, true));

/** On a busy machine, a process may have done its job before it is found: then another picture is tried. */
const TRIES = 5;

/** The pictures that take long, by visibility. */
const large = new Map<Visibility, { readonly file: Buffer; readonly shot: Shot }>();

async function addLarge(visibility: Visibility) {
  const file = await largePicture();
  const added = { file, shot: await addShot(server, file, visibility) };
  large.set(visibility, added);
  return added;
}

/** Asks for a variant while every image process is killed, until that was in time. */
async function askKilling(visibility: Visibility, query: string, options?: Ask) {
  for (let left = TRIES; ; left--) {
    const { file, shot } = large.get(visibility) ?? (await addLarge(visibility));
    const reply = await killingChildren(server.process.pid, ask(shot.of(query), options));
    if (reply.headers['x-aura-fallback'] !== undefined || left === 1)
      return { file, reply, ...shot };
    large.delete(visibility);
  }
}

describe.each(VISIBILITIES)('when image processes die: %s image', (visibility) => {
  it('at every attempt, the master is sent, cacheable for a short time', async () => {
    // Each of another size: the engine does not try again soon what it could not make.
    const queries = ['w=800&fmt=avif', 'w=801&fmt=jpeg', 'w=802', 'w=300&h=300&fit=auto'];
    for (const query of share(queries, visibility)) {
      const options = accepting('image/avif,image/webp');
      const { reply, file } = await askKilling(visibility, query, options);
      expect(verdictOf(reply), query).toBe('200');
      expect(reply.headers['x-aura-fallback'], query).toBe('master');
      expect(reply.headers['cache-control'], query).toBe(`${visibility}, max-age=60`);
      expect(reply.headers['content-type'], query).toBe('image/jpeg');
      expect(reply.body.equals(file), query).toBe(true);
    }
    await expectAlive();
  });

  it('once during the job, it is retried or the next format is sent', async () => {
    const queries = ['w=500&fmt=avif&q=100', 'w=500&q=100', 'w=500&fmt=webp&q=100'];
    for (const query of share(queries, visibility)) {
      const { of } = await addShot(server, await picture(600, 400), visibility);
      const asked = ask(of(query), accepting('image/avif,image/webp'));
      for (const child of await childrenOf(server.process.pid)) kill(child);
      const reply = await asked;
      expect(verdictOf(reply), query).toBe('200');
      const width = reply.headers['x-aura-fallback'] === 'master' ? 600 : 500;
      expect(await lookAt(reply), query).toMatchObject({ width });
    }
    await expectAlive();
  });

  it('under many requests, all of them are answered', async () => {
    const { of } = await addShot(server, await picture(), visibility);
    const count = shortOrLong(8, 30);
    const asked = Array.from({ length: count }, (_, index) => ask(of(`w=${600 + index}&fmt=webp`)));
    const replies = await killingChildren(server.process.pid, Promise.all(asked));
    expect(new Set(replies.map(verdictOf))).toEqual(new Set(['200']));
    await expectAlive();
  });

  it('an ordinary HEAD, part and condition are answered as well', async () => {
    const range = { headers: { Range: 'bytes=0-9' } };
    const { reply: part, file, of } = await askKilling(visibility, 'w=900&fmt=webp', range);
    expect([part.status, part.body]).toEqual([206, file.subarray(0, 10)]);
    const { headers } = await ask(of('w=900&fmt=webp'), { method: 'HEAD' });
    expect(headers['content-length']).toBe(String(file.length));
    const known = { headers: { 'If-None-Match': headers.etag } };
    for (let width = 902, left = TRIES; ; width++, left--) {
      const same = await killingChildren(server.process.pid, ask(of(`w=${width}&fmt=webp`), known));
      if (same.status === 200 && left > 1) continue;
      expect(verdictOf(same)).toBe('304');
      expect(same.headers['cache-control']).toBe(`${visibility}, max-age=60`);
      break;
    }
  });
});

type Damage = (path: string, file: Buffer) => Promise<void>;
const DAMAGES: readonly (readonly [string, readonly string[], Damage])[] = [
  [
    'zeros',
    ['422 image_not_decodable'],
    (path, { length }) => writeFile(path, Buffer.alloc(length)),
  ],
  [
    'something else',
    ['422 image_not_decodable'],
    (path, { length }) => writeFile(path, Buffer.concat([unsupported.html], length)),
  ],
  [
    'a picture of another type',
    ['422 image_not_decodable'],
    async (path, { length }) => {
      const other = await drawing(64, 48).png().toBuffer();
      await writeFile(path, Buffer.concat([other, Buffer.alloc(length - other.length)]));
    },
  ],
  [
    'a head and then zeros',
    ['422 image_not_decodable', '200'],
    (path, file) => writeFile(path, Buffer.concat([file.subarray(0, 1000)], file.length)),
  ],
  [
    'cut off',
    ['503 storage_unavailable', '422 image_not_decodable'],
    (path) => truncate(path, 1000),
  ],
  ['empty', ['503 storage_unavailable', '422 image_not_decodable'], (path) => truncate(path, 0)],
  ['missing', ['503 storage_unavailable'], (path) => rm(path)],
];

describe.each(VISIBILITIES)('a master that was damaged on the disk: %s image', (visibility) => {
  it.each(share(DAMAGES, visibility))('%s: %s', async (_name, verdicts, damage) => {
    const file = await picture(600, 400);
    const { of } = await addShot(server, file, visibility);
    const path = await masterPath(server, file);
    await damage(path, await readFile(path));
    for (const query of ['w=64', 'w=65&fmt=avif', 'w=66&fmt=png', 'w=60&h=60&fit=auto']) {
      const reply = await ask(of(query));
      expect(verdicts, query).toContain(verdictOf(reply));
      if (reply.status !== 200) expect(reply.headers['cache-control'], query).toBe('no-store');
      expect(verdictOf(await ask(of(query))), query).toBe(verdictOf(reply));
    }
    await expectAlive();
  });
});

describe.each(VISIBILITIES)(
  'a %s image that is deleted while its variants are made',
  (visibility) => {
    it('is there or not', async () => {
      for (let time = 0; time < shortOrLong(2, 5); time++) {
        const { of, key } = await addShot(server, await picture(), visibility);
        const asked = [1, 2, 3, 4].map((n) => ask(of(`w=${400 + n}&fmt=webp&fit=auto&h=400`)));
        expect(await deleteImage(server, key)).toBe(204);
        for (const reply of await Promise.all(asked)) {
          expect(['200', '404 image_not_found']).toContain(verdictOf(reply));
        }
      }
      await expectAlive();
    });
  },
);

describe('the image processes', () => {
  it.each(['stop', 'kill'] as const)(
    'exit with their server, also during a job: %s',
    async (how) => {
      const other = await openStudio({
        env: { AURA_IMAGE_JOBS: '2' },
        bounds: { drainSeconds: 0 },
      });
      const { of } = await addShot(other, await picture(2400, 1600), 'public');
      const asked = [1, 2].map((n) => ask(of(`w=${2300 + n}&fmt=avif&q=100`)).catch(() => null));
      const children = await until('two processes', async () => {
        const found = await childrenOf(other.process.pid);
        return found.length >= 2 ? found : null;
      });
      await other[how]();
      await Promise.all(asked);
      for (const child of children) {
        await until(`process ${child} ended`, async () => ((await isRunning(child)) ? null : true));
      }
    },
  );

  it('do not get the signals of the server, and do not keep it alive', async () => {
    const other = await openStudio();
    const { of } = await addShot(other, await picture(), 'public');
    expect(verdictOf(await ask(of('w=400&fmt=webp')))).toBe('200');
    const children = await childrenOf(other.process.pid);
    expect(children.length).toBeGreaterThan(0);
    for (const child of children) process.kill(child, 'SIGTERM');
    for (const child of children) process.kill(child, 'SIGINT');
    expect(verdictOf(await ask(of('w=401&fmt=webp')))).toBe('200');
    expect(await childrenOf(other.process.pid)).toEqual(children);
    expect(await other.stop()).toBe(0);
  });
});
