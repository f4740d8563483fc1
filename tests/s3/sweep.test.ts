import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runCommand, withoutProgress } from '../acceptance/support/upload-command.js';
import { drawing } from '../files/pictures.js';
import { removeFolder } from '../harness/remove.js';
import { startTestServer, type TestServer, temporaryFolder } from '../harness/server.js';
import { upload } from '../harness/upload.js';
import { faultsOf, listImages } from '../heavy/support/library.js';
import { openServerBucket, type ServerBucket } from './support/bucket-server.js';

let bucket: ServerBucket;
let server: TestServer;
let otherServer: TestServer;

// A server with another database on the same bucket. For the first one, its images are orphan objects.
beforeAll(async () => {
  bucket = await openServerBucket();
  server = await bucket.start();
  otherServer = await bucket.start();
  const file = await drawing(90, 90).png().toBuffer();
  for (let i = 0; i < 3; i++) await upload(server, file, 'private');
  await upload(otherServer, file, 'private');
});

afterAll(async () => {
  await Promise.all([server?.kill(), otherServer?.kill()]);
  await bucket?.proxy.stop();
});

it('aura-server sweep cleans a bucket while a server is running', async () => {
  const env = { ...bucket.env, AURA_DATA_DIR: server.dataDir };
  const sweep = (...args: readonly string[]) => runCommand(['sweep', '--json', ...args], env);

  const young = await sweep('--apply');
  expect([young.code, withoutProgress(young)]).toEqual([0, '']);
  expect(JSON.parse(young.stdout)).toMatchObject({ objects: { count: 6 }, young: { count: 2 } });

  const looked = await sweep('--older-than', '0s');
  expect(looked.code).toBe(2);
  expect(looked.stderr).toMatch(/safe only while no server takes uploads/);
  const found = { orphans: { count: 2 }, dangling: { count: 0 } };
  expect(JSON.parse(looked.stdout)).toMatchObject(found);
  expect(await bucket.keys()).toHaveLength(6);

  expect((await sweep('--apply', '--older-than', '0s')).code).toBe(0);
  expect(await bucket.keys()).toHaveLength(4);
  expect(await faultsOf(server, await listImages(server))).toEqual([]);

  const other = await runCommand(['sweep', '--apply', '--remove-rows', '--older-than', '0s'], {
    ...bucket.env,
    AURA_DATA_DIR: otherServer.dataDir,
  });
  expect([other.code, other.stdout]).toEqual([1, '']);
  expect(other.stderr).toMatch(/Nothing was removed: 4 of 4 objects/);
  expect(await bucket.keys()).toHaveLength(4);
}, 90_000);

it('aura-server backup copies SQLite and a bucket into a folder that a server can use', async () => {
  const folder = await temporaryFolder();
  try {
    const ended = await runCommand(['backup', '--to', folder], {
      ...bucket.env,
      AURA_DATA_DIR: server.dataDir,
    });
    expect([ended.code, withoutProgress(ended)]).toEqual([0, '']);
    const key = await readFile(join(server.dataDir, 'master.key'), 'utf8');
    const restored = await startTestServer({
      dataDir: folder,
      env: { AURA_MASTER_KEY: key.trim() },
      credentials: server.credentials,
    });
    const images = await listImages(restored);
    expect([images.length, await faultsOf(restored, images)]).toEqual([4, []]);
    await restored.stop();
  } finally {
    await removeFolder(folder);
  }
}, 90_000);
