import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask } from '../acceptance/support/serve-request.js';
import { filesUnder } from '../acceptance/support/upload-store.js';
import { drawing } from '../files/pictures.js';
import type { TestServer } from '../harness/server.js';
import { type Uploaded, upload } from '../harness/upload.js';
import { noiseImage } from '../heavy/support/images.js';
import { deleteImage } from '../heavy/support/library.js';
import { openServerBucket, type ServerBucket } from './support/bucket-server.js';

let bucket: ServerBucket;
let server: TestServer;
let file: Buffer;
let large: Buffer;
let open: Uploaded;
let closed: Uploaded;
let closedLarge: Uploaded;

beforeAll(async () => {
  bucket = await openServerBucket();
  server = await bucket.start();
  file = await drawing(640, 480).jpeg().toBuffer();
  large = await noiseImage(3_000_000);
  open = await upload(server, file, 'public');
  closed = await upload(server, file, 'private');
  closedLarge = await upload(server, large, 'private', 'noise.png');
});

afterAll(async () => {
  await server?.kill();
  await bucket?.proxy.stop();
});

const signed = ({ key }: Uploaded) => server.aura.getSignedUrl(key);
const objectKeys = async () => (await bucket.keys()).filter((key) => key.startsWith('objects/'));

describe('a server with a bucket', () => {
  it('stores masters in the bucket, one object each, and none on its own disk', async () => {
    expect(await objectKeys()).toHaveLength(4); // with the first start's sample
    expect(await bucket.keys()).toHaveLength(4);
    expect(await readdir(join(server.dataDir, 'spool'))).toEqual([]);
    const paths = await filesUnder(server.dataDir);
    expect(paths.filter((path) => path.includes('/store/'))).toEqual([]);
  });

  it('returns every image byte for byte, private ones with a token', async () => {
    for (const [url, expected] of [
      [open.url, file],
      [await signed(closed), file],
      [await signed(closedLarge), large],
    ] as const) {
      const { status, body } = await ask(url);
      expect([status, body.equals(expected)]).toEqual([200, true]);
    }
    for (const { url } of [closed, closedLarge]) expect((await ask(url)).status).toBe(403);
  });

  it('reads private images from the bucket for every request', async () => {
    for (let i = 0; i < 2; i++) {
      const { headers } = await ask(await signed(closed));
      expect(headers['server-timing']).toContain('cache;desc="BYPASS"');
    }
  });

  it.each([
    [0, 9],
    [1000, 299_999],
    [1_500_000, 2_700_000],
  ])('serves a range: %i to %i', async (first, last) => {
    const url = await signed(closedLarge);
    const { status, headers, body } = await ask(url, {
      headers: { Range: `bytes=${first}-${last}` },
    });
    expect(status).toBe(206);
    expect(headers['content-range']).toBe(`bytes ${first}-${last}/${large.length}`);
    expect(body.equals(large.subarray(first, last + 1))).toBe(true);
  });

  it('stores no variant in the bucket, and returns the same bytes again', async () => {
    const before = await bucket.keys();
    const url = `${await signed(closed)}&w=200&fmt=webp`;
    const first = await ask(url);
    expect([first.status, (await sharp(first.body).metadata()).width]).toEqual([200, 200]);
    const second = await ask(url);
    expect(second.body.equals(first.body)).toBe(true);
    expect(second.headers.etag).toBe(first.headers.etag);
    expect((await ask(`${closed.url}?w=200&fmt=webp`)).status).toBe(403);
    expect((await ask(`${open.url}?w=200&fmt=webp`)).status).toBe(200);
    expect(await bucket.keys()).toEqual(before);
  });

  it('requires a token while an image is private', async () => {
    await ask(`${await signed(closed)}&w=100`);
    await server.aura.setVisibility(closed.key, 'public');
    expect((await ask(closed.url)).body.equals(file)).toBe(true);
    await server.aura.setVisibility(closed.key, 'private');
    expect((await ask(closed.url)).status).toBe(403);
    expect((await ask(`${closed.url}?w=100`)).status).toBe(403);
  });

  it('deletes an image', async () => {
    const doomed = await upload(server, file, 'private');
    const url = await signed(doomed);
    expect((await ask(`${url}&w=100`)).status).toBe(200);
    const before = await bucket.keys();
    expect(await deleteImage(server, doomed.key)).toBe(204);
    expect((await ask(url)).status).toBe(404);
    expect(await bucket.keys()).toHaveLength(before.length - 1);
  });

  it('leaves nothing of a refused upload', async () => {
    const before = await bucket.keys();
    const broken = file.subarray(0, 2000);
    await expect(upload(server, broken, 'private')).rejects.toThrow('answered 422');
    expect(await bucket.keys()).toEqual(before);
    expect(await readdir(join(server.dataDir, 'spool'))).toEqual([]);
  });
});
