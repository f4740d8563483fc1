import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { sign, uploadClaims } from '../acceptance/support/upload-tokens.js';
import { shortOrLong } from '../harness/long.js';
import { removeFolder } from '../harness/remove.js';
import {
  type Credentials,
  startTestServer,
  type TestServer,
  temporaryFolder,
} from '../harness/server.js';
import { postUpload } from '../harness/upload.js';
import { noiseImage, uniqueCopy } from './support/images.js';
import { listImages } from './support/library.js';

const ROUNDS = shortOrLong(2, 30);
const NAMES = ['one', 'two', 'three'];
const env = {
  AURA_LOG_LEVEL: 'warn',
  AURA_UPLOADS_PER_MINUTE: '1000000',
  AURA_ENCODE_SECONDS_PER_MINUTE: '100000',
};

let dataDir: string;
let server: TestServer;
let credentials: Credentials;
let image: Buffer;
/** What was sent under each name, in order, and the place of the last that got a 201. */
const sent = new Map(NAMES.map((name) => [name, { files: [] as Buffer[], stored: -1 }]));

beforeAll(async () => {
  dataDir = await temporaryFolder();
  image = await noiseImage(20 * 1024);
  server = await startTestServer({ encodesAgain: true, dataDir, env });
  ({ credentials } = server);
});

afterAll(async () => {
  await server?.kill();
  await removeFolder(dataDir);
});

/** Overwrites one name, one file after the other, until the server is killed. */
async function overwrite(name: string): Promise<void> {
  const log = sent.get(name) ?? { files: [], stored: -1 };
  const claims = uploadClaims(credentials, { name, overwrite: true });
  const token = sign(claims, credentials.secretKey);
  for (;;) {
    const place = log.files.push(uniqueCopy(image)) - 1;
    const response = await postUpload(server.url, token, log.files[place] as Buffer, 'a.png');
    if (response.status !== 201) throw new Error(`${response.status} ${await response.text()}`);
    log.stored = place;
  }
}

it('kills at any moment leave one whole picture under each name, none older than the last stored', async () => {
  for (let round = 0; round < ROUNDS; round++) {
    const running = Promise.allSettled(NAMES.map(overwrite));
    const before = new Map(NAMES.map((name) => [name, sent.get(name)?.stored ?? -1]));
    const isStored = () =>
      NAMES.every((name) => (sent.get(name)?.stored ?? -1) > (before.get(name) ?? -1));
    while (!isStored()) await sleep(10);
    // Each round ends at another moment of an upload.
    await sleep(7 * round);
    await server.kill();
    for (const result of await running) {
      if (result.status === 'rejected') expect(String(result.reason)).not.toMatch(/^Error: [45]/);
    }
    server = await startTestServer({ encodesAgain: true, dataDir, env, credentials });
    const listed = (await listImages(server)).map(({ key }) => key);
    for (const [name, { files, stored }] of sent) {
      expect(listed.filter((key) => key === name)).toHaveLength(1);
      const url = `${server.url}/${credentials.projectName}/${name}?fmt=original`;
      const response = await fetch(url);
      const bytes = Buffer.from(await response.arrayBuffer());
      expect(response.status).toBe(200);
      const place = files.findIndex((file) => file.equals(bytes));
      expect(place, name).toBeGreaterThanOrEqual(stored);
    }
  }
});
