import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { removeFolder } from '../harness/remove.js';
import { startTestServer, type TestServer, temporaryFolder } from '../harness/server.js';
import { postUpload, type Uploaded } from '../harness/upload.js';
import { noiseImage, uniqueCopy } from './support/images.js';
import { deleteImage, faultsOf, listImages } from './support/library.js';
import { tinyDisk } from './support/tiny-disk.js';

const DISK = '24m';
/** Most uploads of one size: far more than the disk holds. */
const MAX_UPLOADS = 400;

describe('a full disk', () => {
  let dataDir: string;
  let server: TestServer;

  beforeAll(async () => {
    dataDir = await temporaryFolder();
    const wrap = tinyDisk(dataDir, DISK);
    const env = { AURA_UPLOADS_PER_MINUTE: '1000000', AURA_LOG_LEVEL: 'warn' };
    server = await startTestServer({ dataDir, wrap, env });
  });

  afterAll(async () => {
    await server?.kill();
    await removeFolder(dataDir);
  });

  async function put(file: Buffer): Promise<Response> {
    const token = await server.aura.signUpload({ visibility: 'private' });
    return postUpload(server.url, token, uniqueCopy(file), 'photo.png');
  }

  /** Uploads copies of a file until one is refused; resolves with the refusal. */
  async function fill(file: Buffer): Promise<Response> {
    for (let count = 0; count < MAX_UPLOADS; count++) {
      const response = await put(file);
      if (response.status !== 201) return response;
      await response.arrayBuffer();
    }
    throw new Error('the disk never became full');
  }

  /** The server's disk, visible only in its mount namespace. */
  const inside = (path: string) => join(`/proc/${server.process.pid}/root`, dataDir, path);

  async function expectOnlyListedObjects(): Promise<void> {
    const images = await listImages(server);
    const sizes = await fileSizes(inside('store'));
    expect(sizes.sort(ascending)).toEqual(images.map(({ size }) => size).sort(ascending));
  }

  it('responds 507, stores nothing of refused uploads, and keeps serving', async () => {
    // Large files leave a gap, small ones fill it until the database has no space left either.
    for (const bytes of [2_000_000, 200_000, 12_000]) {
      const refusal = await fill(await noiseImage(bytes));
      expect(refusal.status).toBe(507);
      expect(refusal.headers.get('X-Aura-Error')).toBe('storage_full');
      expect(await refusal.json()).toEqual({ message: expect.stringMatching(/no space/) });
      await expectOnlyListedObjects();
      const images = await listImages(server);
      expect(images.length).toBeGreaterThan(5);
      expect(await faultsOf(server, images)).toEqual([]);
    }
    expect((await fetch(`${server.url}/health`)).status).toBe(200);
    expect(server.process.exitCode).toBeNull();
  });

  it('responds to concurrent uploads with 201 or 507 only', async () => {
    const file = await noiseImage(500_000);
    const responses = await Promise.all(Array.from({ length: 12 }, () => put(file)));
    const statuses = responses.map(({ status }) => status);
    await Promise.all(responses.map((response) => response.arrayBuffer()));
    expect(statuses.filter((status) => status !== 201 && status !== 507)).toEqual([]);
    expect(statuses).toContain(507);
    await expectOnlyListedObjects();
  });

  it('still makes an image private', async () => {
    const [image] = await listImages(server);
    const key = image?.key ?? '';
    await server.aura.setVisibility(key, 'public');
    await server.aura.setVisibility(key, 'private');
    const address = `${server.url}/${server.credentials.projectName}/${key}`;
    expect((await fetch(address)).status).toBe(403);
  });

  it('accepts uploads again once an image has been deleted', async () => {
    const largest = (await listImages(server)).reduce((a, b) => (a.size >= b.size ? a : b));
    expect(await deleteImage(server, largest.key)).toBe(204);
    const response = await put(await noiseImage(largest.size / 2));
    expect(response.status).toBe(201);
    const { key } = (await response.json()) as Uploaded;
    const listed = await listImages(server);
    expect(listed.map((image) => image.key)).toContain(key);
    expect(await faultsOf(server, listed)).toEqual([]);
    expect(server.process.exitCode).toBeNull();
  });
});

async function fileSizes(folder: string): Promise<number[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const stats = await Promise.all(files.map(({ path, name }) => stat(join(path, name))));
  return stats.map(({ size }) => size);
}

function ascending(a: number, b: number): number {
  return a - b;
}
