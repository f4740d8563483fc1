import { copyFile, mkdir, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drawing } from '../files/pictures.js';
import { removeFolder } from '../harness/remove.js';
import {
  seedProject,
  startTestServer,
  type TestServer,
  temporaryFolder,
} from '../harness/server.js';
import { type Uploaded, upload } from '../harness/upload.js';
import { listImages } from '../heavy/support/library.js';
import { runCommand, STACK, withoutProgress } from './support/upload-command.js';
import { filesUnder } from './support/upload-store.js';

const LONG_AGO = new Date(Date.now() - 3 * 86_400_000);

let dataDir: string;
let server: TestServer;
const images: Uploaded[] = [];

beforeAll(async () => {
  dataDir = await temporaryFolder();
  server = await startTestServer({ dataDir });
  for (let i = 0; i < 4; i++) {
    const file = await drawing(90 + 20 * i, 90)
      .png()
      .toBuffer();
    images.push(await upload(server, file, 'private'));
  }
  // An object that an image names stays, however old it is.
  for (const path of await objectFiles()) await utimes(path, LONG_AGO, LONG_AGO);
});

afterAll(async () => {
  await server?.kill();
  await removeFolder(dataDir);
});

const sweep = (...args: readonly string[]) =>
  runCommand(['sweep', ...args], { AURA_DATA_DIR: dataDir });
const store = (...parts: readonly string[]) => join(dataDir, 'store', ...parts);
const objectFiles = () => filesUnder(store('objects'));
const statusOf = async ({ key }: Uploaded) =>
  (await fetch(await server.aura.getSignedUrl(key))).status;

/** Finds the file of an image by its size. */
async function objectOf({ size }: Uploaded): Promise<string> {
  for (const path of await objectFiles()) if ((await stat(path)).size === size) return path;
  throw new Error(`no object of ${size} bytes`);
}

/** Creates a file as a crash would leave it. */
async function leave(path: string, age = LONG_AGO): Promise<string> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, 'left by a crash');
  await utimes(path, age, age);
  await utimes(dirname(path), age, age);
  return path;
}

describe('aura-server sweep', () => {
  it('finds nothing in a clean store, and exits with 0', async () => {
    const ended = await sweep();
    const { code, stdout } = ended;
    expect([code, withoutProgress(ended)]).toEqual([0, '']);
    expect(stdout).toMatch(/5 objects.*5 images/);
    expect(stdout).toMatch(/Nothing is left over/);
  });

  it('finds orphan objects while a server is running, and removes them with --apply', async () => {
    const [missing] = images.splice(0, 1) as [Uploaded];
    const id = (n: number) => `${n}f${'0'.repeat(30)}`;
    const orphan = await leave(store('objects', '0f', id(0)));
    const young = await leave(store('objects', '1f', id(1)), new Date());
    const draft = await leave(store('tmp', id(3)));
    await rm(await objectOf(missing));
    const before = await filesUnder(store());

    const looked = await sweep();
    expect([looked.code, withoutProgress(looked)]).toEqual([2, '']);
    expect(looked.stdout).toMatch(/1 object that no image names, 15 bytes: found/);
    expect(looked.stdout).toMatch(/1 image whose object is missing/);
    expect(looked.stdout).toContain(`${server.credentials.projectName}/${missing.key}`);
    expect(looked.stdout).toMatch(/1 abandoned upload/);
    expect(looked.stdout).toMatch(/Left because they are young: 1/);
    expect(looked.stdout).toMatch(/Nothing was changed/);
    expect(await filesUnder(store())).toEqual(before);

    const applied = await sweep('--apply', '--json');
    expect([applied.code, withoutProgress(applied)]).toEqual([2, '']); // the image without an object
    expect(JSON.parse(applied.stdout)).toMatchObject({
      applied: true,
      orphans: { count: 1, removed: 1 },
      abandonedUploads: { count: 1, removed: 1 },
      dangling: { count: 1, removed: 0 },
      young: { count: 1 },
    });
    const gone = [orphan, draft];
    expect(await filesUnder(store())).toEqual(before.filter((path) => !gone.includes(path)));
    expect(await Promise.all(images.map(statusOf))).toEqual([200, 200, 200]);

    const listed = async () => (await listImages(server)).map(({ key }) => key);
    expect(await listed()).toContain(missing.key);
    expect((await sweep('--apply', '--remove-rows')).code).toBe(0);
    expect(await listed()).not.toContain(missing.key);
    expect(await statusOf(missing)).toBe(404);
    expect(await Promise.all(images.map(statusOf))).toEqual([200, 200, 200]);
    await rm(young);
  });

  it('removes nothing if store and database do not belong together, unless forced', async () => {
    const other = await temporaryFolder();
    try {
      await seedProject(other, 'https://cdn.example', '--project', 'other');
      for (const path of await objectFiles()) {
        const copy = path.replace(dataDir, other);
        await mkdir(dirname(copy), { recursive: true });
        await copyFile(path, copy);
        await utimes(copy, LONG_AGO, LONG_AGO);
      }
      const before = await filesUnder(join(other, 'store'));
      const env = { AURA_DATA_DIR: other };
      const refused = await runCommand(['sweep', '--apply'], env);
      expect([refused.code, refused.stdout]).toEqual([1, '']);
      expect(refused.stderr).toMatch(/Nothing was removed: 4 of 4 objects.*--force/);
      expect(refused.stderr).not.toMatch(STACK);
      expect(await filesUnder(join(other, 'store'))).toEqual(before);
      expect((await runCommand(['sweep', '--apply', '--force'], env)).code).toBe(0);
      expect(await filesUnder(join(other, 'store'))).toEqual([]);
    } finally {
      await removeFolder(other);
    }
  });

  it('exits with a message, and creates nothing, without a database or with wrong options', async () => {
    const empty = await temporaryFolder();
    try {
      const ended = await Promise.all([
        runCommand(['sweep', '--apply', '--force'], { AURA_DATA_DIR: empty }),
        sweep('--older-than', 'yesterday'),
        sweep('--everything'),
        sweep('objects'),
      ]);
      const says = [
        /no database/,
        /--older-than .*'yesterday' is invalid\. Give a time/,
        /--everything/,
        /objects/,
      ];
      for (const [i, { code, stdout, stderr }] of ended.entries()) {
        expect([code, stdout]).toEqual([1, '']);
        expect(stderr).toMatch(says[i] as RegExp);
        expect(stderr).not.toMatch(STACK);
      }
      expect(await readdir(empty)).toEqual([]);
    } finally {
      await removeFolder(empty);
    }
  });
});
