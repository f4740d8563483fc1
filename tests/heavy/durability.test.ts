import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { shortOrLong } from '../harness/long.js';
import { removeFolder } from '../harness/remove.js';
import {
  type Credentials,
  startTestServer,
  type TestServer,
  temporaryFolder,
} from '../harness/server.js';
import { postUpload, type Uploaded } from '../harness/upload.js';
import { noiseImage, sha256, uniqueCopy } from './support/images.js';
import { faultsOf, listImages } from './support/library.js';

const ROUNDS = shortOrLong(2, 50);
const UPLOADERS = 4;
const SIZES = [10, 18, 30, 55, 100, 180, 320, 580, 1024, 1800, 3072].map((kb) => kb * 1024);
const env = {
  AURA_LOG_LEVEL: 'warn',
  AURA_UPLOADS_PER_MINUTE: '1000000',
};

describe('durability', () => {
  let dataDir: string;
  let server: TestServer;
  let credentials: Credentials;
  const files: Buffer[] = [];
  /** SHA-256 of each file that got a 201, with its key if the response could be read. */
  const promised = new Map<string, string | null>();
  const unexpected: string[] = [];
  let killing = false;

  beforeAll(async () => {
    dataDir = await temporaryFolder();
    for (const size of SIZES) files.push(await noiseImage(size));
    server = await startTestServer({ encodesAgain: true, dataDir, env });
    ({ credentials } = server);
  });

  afterAll(async () => {
    await server?.kill();
    await removeFolder(dataDir);
  });

  async function uploadOne(random: () => number): Promise<void> {
    const bytes = uniqueCopy(files[Math.floor(random() * files.length)] as Buffer);
    const visibility = random() < 0.5 ? 'private' : 'public';
    const token = await server.aura.signUpload({ visibility });
    const response = await postUpload(server.url, token, bytes, 'photo.png');
    if (response.status !== 201) {
      unexpected.push(`${response.status} ${await response.text()}`);
      return;
    }
    promised.set(sha256(bytes), null);
    const { key } = (await response.json()) as Uploaded;
    promised.set(sha256(bytes), key);
  }

  /** Uploads until the server is killed. Uploads without a response are not promised. */
  async function uploader(random: () => number): Promise<void> {
    try {
      while (!killing) await uploadOne(random);
    } catch (error) {
      if (!killing) unexpected.push(String(error));
    }
  }

  /** Checks that every promised image is listed once under its key, and that every listed image is complete. */
  async function check(readAll: boolean, known: ReadonlySet<string>): Promise<Set<string>> {
    const images = await listImages(server);
    const keys = new Map(images.map((image) => [image.sha256, image.key]));
    const lost = [...promised].filter(
      ([sha, key]) => !keys.has(sha) || (key !== null && keys.get(sha) !== key),
    );
    expect(lost).toEqual([]);
    expect(keys.size).toBe(images.length);
    const unread = readAll ? images : images.filter(({ key }) => !known.has(key));
    expect(await faultsOf(server, unread)).toEqual([]);
    return new Set(images.map(({ key }) => key));
  }

  it('keeps every image confirmed with 201 through kills at any moment', async () => {
    const seed = randomBytes(4).readUInt32LE();
    console.log(`durability: seed ${seed}`);
    const random = mulberry32(seed);
    let known = new Set<string>();
    for (let round = 0; round < ROUNDS; round++) {
      const before = promised.size;
      const uploaders = Array.from({ length: UPLOADERS }, () => uploader(random));
      // Every other kill happens only after a promise, however slow the machine is.
      while (round % 2 === 0 && unexpected.length === 0 && promised.size < before + 3) {
        await sleep(5);
      }
      await sleep(80 + random() * 520);
      killing = true;
      await server.kill();
      await Promise.all(uploaders);
      killing = false;
      server = await startTestServer({ encodesAgain: true, dataDir, env, credentials });
      known = await check(false, known);
    }
    known = await check(true, known);
    console.log(`durability: ${promised.size} images answered 201, ${known.size} listed`);
    expect(promised.size).toBeGreaterThan(ROUNDS);
    expect(unexpected).toEqual([]);
  });
});

/** A small random generator with a seed, so that the sizes and times of a failed run can be reproduced. */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
