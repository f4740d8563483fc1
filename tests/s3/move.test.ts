import { open, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { runCommand, STACK, withoutProgress } from '../acceptance/support/upload-command.js';
import { filesUnder } from '../acceptance/support/upload-store.js';
import { drawing } from '../files/pictures.js';
import { killCommand } from '../harness/kill-command.js';
import { shortOrLong } from '../harness/long.js';
import { removeFolder } from '../harness/remove.js';
import { startTestServer, type TestServer, temporaryFolder } from '../harness/server.js';
import { upload } from '../harness/upload.js';
import { noiseImage, sha256, uniqueCopy } from '../heavy/support/images.js';
import { faultsOf, listImages } from '../heavy/support/library.js';
import { openServerBucket, type ServerBucket } from './support/bucket-server.js';

const IMAGES = 30;

let root: string;
let dataDir: string;
let bucket: ServerBucket;
let server: TestServer;
let file: Buffer;
/** Images in the database, including the sample of the first start. */
let total = IMAGES + 2;

beforeAll(async () => {
  root = await temporaryFolder();
  dataDir = join(root, 'data');
  bucket = await openServerBucket();
  const env = { AURA_UPLOADS_PER_MINUTE: '100000' };
  server = await startTestServer({ dataDir, env });
  file = await drawing(60, 40).png().toBuffer();
  await Promise.all(
    Array.from({ length: IMAGES }, () => upload(server, uniqueCopy(file), 'private')),
  );
  await upload(server, await noiseImage(3_000_000), 'private', 'noise.png');
});

afterAll(async () => {
  await server?.kill();
  await bucket?.proxy.stop();
  await removeFolder(root);
});

// The settings of the folder's server, with keys for the bucket.
const env = () => {
  const { AURA_STORAGE: _, ...rest } = bucket.env as Record<string, string>;
  return { ...rest, AURA_DATA_DIR: dataDir };
};
const there = () => bucket.env['AURA_STORAGE'] ?? '';
const move = (from: string, to: string, ...args: readonly string[]) =>
  runCommand(['move', '--from', from, '--to', to, ...args], env());
const objects = (folder: string) =>
  filesUnder(folder, 'objects').then(
    (paths) => paths,
    () => [],
  );

/** Starts a server with further settings, and reads every image of its database. */
async function readAll(more: Readonly<Record<string, string>>): Promise<number> {
  const started = await startTestServer({ dataDir, env: more, credentials: server.credentials });
  try {
    const images = await listImages(started);
    expect(await faultsOf(started, images)).toEqual([]);
    return images.length;
  } finally {
    await started.kill();
  }
}

describe('aura-server move between stores', () => {
  it('copies a folder to a bucket while a server is running, and later images in a second pass', async () => {
    const folder = `folder:${join(dataDir, 'store')}`;
    // Killed twice after some objects: existing objects are not copied again.
    let puts = 0;
    for (const least of [1, 9]) {
      const killed = await killCommand(
        ['move', '--from', folder, '--to', there()],
        env(),
        async () => {
          puts = (await bucket.keys().catch(() => [])).length;
          return puts >= least;
        },
      );
      if (killed) expect(puts).toBeGreaterThan(0);
    }
    const first = await move(folder, there());
    expect([first.code, withoutProgress(first)]).toEqual([0, '']);
    const already = Number(/(\d+) there already/.exec(first.stdout)?.[1]);
    expect(already).toBeGreaterThan(0);
    expect(first.stdout).toMatch(new RegExp(`\\b${total - already} images? copied`));

    await upload(server, file, 'public');
    total++;
    await server.stop();
    const second = await move(folder, there());
    expect([second.code, withoutProgress(second)]).toEqual([0, '']);
    expect(second.stdout).toMatch(new RegExp(`^1 image copied, .*; ${total - 1} there already`));
    expect(await bucket.keys()).toHaveLength(total); // one object each, and nothing else

    await rename(join(dataDir, 'store'), join(root, 'old-store'));
    expect(await readAll(bucket.env)).toBe(total);
  }, 90_000);

  it('copies a bucket to a folder, killed at any moment', async () => {
    const store = join(dataDir, 'store');
    const args = ['move', '--from', there(), '--to', `folder:${store}`];
    let kills = 0;
    for (const least of shortOrLong([1, 8], [1, 3, 8, 15, 24])) {
      // Every existing file is complete at any moment.
      if (await killCommand(args, env(), async () => (await objects(store)).length >= least))
        kills++;
      for (const path of await objects(store)) await expectWhole(path);
    }
    expect(kills).toBeGreaterThan(0);
    const ended = await move(there(), `folder:${store}`, '--verify');
    const { code, stdout } = ended;
    expect([code, withoutProgress(ended)]).toEqual([0, '']);
    expect(stdout).toMatch(/\d+ there already/);
    expect(await objects(store)).toHaveLength(total);
    expect(await readAll({})).toBe(total);
    expect(await readdir(join(store, 'tmp'))).not.toContain('variant');
  }, 90_000);

  it('copies a bucket to another one with other keys', async () => {
    const other = there().replace('?', '/copy?');
    const { accessKeyId, secretAccessKey } = inject('s3');
    const file = join(root, 'credentials');
    const run = async (secret: string) => {
      const text = `AWS_ACCESS_KEY_ID=${accessKeyId}\nAWS_SECRET_ACCESS_KEY=${secret}\n`;
      await writeFile(file, text, { mode: 0o600 });
      return move(there(), other, '--from-credentials', file);
    };
    const wrong = await run('wrong');
    expect([wrong.code, wrong.stdout]).toEqual([1, '']);
    expect(wrong.stderr).toMatch(/^--from: The object store rejects the signature/);
    const moved = await run(secretAccessKey);
    expect([moved.code, withoutProgress(moved)]).toEqual([0, '']);
    expect(await bucket.keys()).toHaveLength(2 * total);
    expect(await readAll({ ...bucket.env, AURA_STORAGE: other })).toBe(total);
  });

  it('refuses an object with another SHA-256, and names its image', async () => {
    const store = join(dataDir, 'store');
    const [spoiled = '', lost = ''] = await objects(store);
    const kept = await readFile(spoiled);
    const handle = await open(spoiled, 'r+');
    await handle.write('spoiled', 50);
    await handle.close();
    await rename(lost, join(root, 'lost'));
    const target = join(root, 'target');
    const { code, stdout, stderr } = await move(`folder:${store}`, `folder:${target}`);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^my-app\/\S+: the bytes are not those that were uploaded/m);
    expect(stderr).toMatch(/^my-app\/\S+: its object \w+ is missing/m);
    expect(stderr).not.toMatch(STACK);
    expect(stdout).toMatch(/These images are not in the new place/);
    expect(await objects(target)).toHaveLength(total - 2);
    await rename(join(root, 'lost'), lost);
    const back = await open(spoiled, 'w');
    await back.writeFile(kept);
    await back.close();
    const again = await move(`folder:${store}`, `folder:${target}`, '--by-size');
    expect([again.code, again.stdout]).toEqual([0, expect.stringMatching(/^2 images copied/)]);
  });

  it('refuses unreadable and invalid places', async () => {
    const folder = `folder:${join(dataDir, 'store')}`;
    const cases: readonly (readonly [string, string, RegExp])[] = [
      [folder, folder, /same place/],
      [`folder:${root}`, folder, /--from: .*no folder "objects"/],
      [folder, '/somewhere', /--to: give folder:/],
      [folder, 's3://x?endpoint=ftp://x', /--to: a bucket has 3 to 63/],
      [folder, `sqlite:${root}/aura.db`, /two stores of images, or two databases/],
      [folder, 'AURA_DATABASE_URL', /AURA_DATABASE_URL: set it/],
    ];
    for (const [from, to, says] of cases.filter((_, at) => shortOrLong(at % 2 === 0, true))) {
      const { code, stdout, stderr } = await move(from, to);
      expect([code, stdout]).toEqual([1, '']);
      expect(stderr).toMatch(says);
      expect(stderr).not.toMatch(STACK);
    }
  });
});

const sums = new Map<string, string>();

/** Checks that an object is a complete PNG and never changes. */
async function expectWhole(path: string): Promise<void> {
  const bytes = await readFile(path);
  expect(bytes.includes('IEND') || bytes.subarray(0, 3).toString('hex') === 'ffd8ff').toBe(true);
  const sum = sha256(bytes);
  expect(sums.get(path) ?? sum).toBe(sum);
  sums.set(path, sum);
}
