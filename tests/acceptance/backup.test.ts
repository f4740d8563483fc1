import { cp, mkdir, open, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drawing } from '../files/pictures.js';
import { removeFolder } from '../harness/remove.js';
import { startTestServer, type TestServer, temporaryFolder } from '../harness/server.js';
import { type Uploaded, upload } from '../harness/upload.js';
import { sha256, uniqueCopy } from '../heavy/support/images.js';
import { deleteImage, faultsOf, type ListedImage, listImages } from '../heavy/support/library.js';
import { type Ended, runCommand, STACK, withoutProgress } from './support/upload-command.js';
import { filesUnder } from './support/upload-store.js';

let root: string;
let dataDir: string;
let folder: string;
let server: TestServer;
let file: Buffer;
const env = { AURA_UPLOADS_PER_MINUTE: '100000' };

beforeAll(async () => {
  root = await temporaryFolder();
  dataDir = join(root, 'data');
  folder = join(root, 'backup');
  server = await startTestServer({ dataDir, env });
  file = await drawing(200, 100).png().toBuffer();
});

afterAll(async () => {
  await server?.kill();
  await removeFolder(root);
});

const put = () => upload(server, uniqueCopy(file), 'private', 'photo.png');
const backup = (...args: readonly string[]): Promise<Ended> =>
  runCommand(['backup', '--to', folder, ...args], { AURA_DATA_DIR: dataDir });

/** Restores a backup as in the guide, and starts a server on it. */
async function restore(): Promise<{ restored: TestServer; images: ListedImage[] }> {
  const copy = join(root, `restored-${Date.now()}`);
  await cp(folder, copy, { recursive: true });
  const key = (await readFile(join(dataDir, 'master.key'), 'utf8')).trim();
  const swept = await runCommand(['sweep', '--older-than', '0s'], {
    AURA_DATA_DIR: copy,
    AURA_MASTER_KEY: key,
  });
  expect([swept.code, swept.stdout]).toEqual([0, expect.stringMatching(/Nothing is left over/)]);
  const restored = await startTestServer({
    dataDir: copy,
    env: { AURA_MASTER_KEY: key },
    credentials: server.credentials,
  });
  return { restored, images: await listImages(restored) };
}

describe('aura-server backup', () => {
  it('contains every listed and every earlier image, under concurrent uploads and deletions', async () => {
    const before = await Promise.all(Array.from({ length: 12 }, put));
    let stopping = false;
    let [uploads, deletions] = [0, 0];
    const work = async (): Promise<void> => {
      const mine: Uploaded[] = [];
      while (!stopping) {
        mine.push(await put());
        uploads++;
        await sleep(80); // some uploads must happen during the backup, however many
        const old = mine.length > 1 ? mine.shift() : undefined;
        if (old === undefined) continue;
        expect(await deleteImage(server, old.key)).toBe(204);
        deletions++;
      }
    };
    const workers = [work(), work()];
    const runs: Ended[] = [];
    for (const args of [[], ['--by-size'], ['--prune', '--verify']])
      runs.push(await backup(...args));
    stopping = true;
    await Promise.all(workers);
    console.log(`backup: ${uploads} uploads and ${deletions} deletions meanwhile`);
    for (const run of runs) {
      expect([run.code, withoutProgress(run)]).toEqual([0, '']);
      expect(run.stdout).toContain('every image of it');
    }
    expect(deletions).toBeGreaterThan(0);

    const { restored, images } = await restore();
    try {
      const keys = images.map(({ key }) => key);
      expect(keys).toEqual(expect.arrayContaining(before.map(({ key }) => key)));
      expect(await faultsOf(restored, images)).toEqual([]);
      await upload(restored, file, 'public'); // the project's secrets and quota are intact
    } finally {
      await restored.kill();
    }
  }, 90_000);

  it('copies only new images, and no part of the master key', async () => {
    expect((await backup()).code).toBe(0);
    await put();
    const { stdout } = await backup();
    expect(stdout).toMatch(/^1 image copied/m);
    expect(stdout).toContain(`Keep it elsewhere: ${dataDir}/master.key`);
    // SQLite leaves a log beside the copied database now and then.
    const kept = (await readdir(folder)).filter((name) => !name.startsWith('aura.db-'));
    expect(kept.sort()).toEqual(['aura.db', 'store']);
    const key = (await readFile(join(dataDir, 'master.key'), 'utf8')).trim();
    for (const path of await filesUnder(folder)) {
      expect((await stat(path)).mode & 0o077).toBe(0);
      const bytes = await readFile(path);
      expect(bytes.includes(key) || bytes.includes(Buffer.from(key, 'hex'))).toBe(false);
    }
  });

  it('names an image whose object is missing or damaged in source or backup, and exits with 1', async () => {
    const [lost, damaged] = [await put(), await put()];
    const images = await listImages(server);
    const facts = (image: Uploaded) => images.find(({ key }) => key === image.key);
    const pathOf = async (image: Uploaded, data: string): Promise<string> => {
      for (const path of await filesUnder(data, 'store', 'objects')) {
        if (sha256(await readFile(path)) === facts(image)?.sha256) return path;
      }
      throw new Error(`no object of ${image.key}`);
    };
    await rm(await pathOf(lost, dataDir));
    const path = await pathOf(damaged, dataDir);
    const bytes = await readFile(path);
    await spoil(path);
    const { code, stdout, stderr } = await backup();
    expect(code).toBe(1);
    expect(stdout).toMatch(/not every image of it/);
    expect(stderr).toMatch(new RegExp(`/${lost.key}: its object .* is missing`));
    expect(stderr).toMatch(new RegExp(`/${damaged.key}: the bytes are not those`));
    expect(withoutProgress({ stderr }).trimEnd().split('\n')).toHaveLength(2);

    // The backup's own files are verified too, and damaged ones are copied again.
    await writeFile(path, bytes);
    expect(await deleteImage(server, lost.key)).toBe(204);
    expect((await backup()).code).toBe(0);
    await spoil(await pathOf(damaged, folder));
    const again = await backup();
    expect([again.code, again.stdout]).toEqual([0, expect.stringMatching(/^1 image copied/m)]);
    expect(await readFile(await pathOf(damaged, folder))).toEqual(bytes);
  });

  it("refuses another installation's folder, even with the same master key", async () => {
    const other = join(root, 'other');
    const key = (await readFile(join(dataDir, 'master.key'), 'utf8')).trim();
    for (const [name, env] of Object.entries({ own: {}, same: { AURA_MASTER_KEY: key } })) {
      const data = join(other, name);
      const all = { AURA_DATA_DIR: data, AURA_PUBLIC_URL: 'http://localhost', ...env };
      expect((await runCommand(['seed', '--project', 'other'], all)).code).toBe(0);
      await mkdir(join(data, 'store'), { recursive: true });
      const before = await filesUnder(folder);
      const { code, stdout, stderr } = await runCommand(['backup', '--to', folder, '--prune'], all);
      expect([code, stdout]).toEqual([1, '']);
      expect(stderr).toMatch(/not from an earlier backup of this database\. Name an empty folder/);
      expect(await filesUnder(folder)).toEqual(before);
    }
    expect((await backup()).code).toBe(0);
  });

  it('refuses the data folder, a missing folder and a missing database', async () => {
    const ended = await Promise.all([
      runCommand(['backup', '--to', join(dataDir, 'backup')], { AURA_DATA_DIR: dataDir }),
      runCommand(['backup'], { AURA_DATA_DIR: dataDir }),
      runCommand(['backup', '--to', folder], { AURA_DATA_DIR: join(root, 'none') }),
      backup('--verify', '--by-size'),
    ]);
    const says = [
      /outside of AURA_DATA_DIR/,
      /'--to <folder>' not specified/,
      /no database/,
      /'--verify' cannot be used with/,
    ];
    for (const [i, { code, stdout, stderr }] of ended.entries()) {
      expect([code, stdout]).toEqual([1, '']);
      expect(stderr).toMatch(says[i] as RegExp);
      expect(stderr).not.toMatch(STACK);
    }
    expect(await readdir(root)).not.toContain('none');
  });
});

/** Changes bytes in the middle of a file, but not its length. */
async function spoil(path: string): Promise<void> {
  const handle = await open(path, 'r+');
  await handle.write('spoiled', 50);
  await handle.close();
}
