import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { request } from 'node:http';
import { fileURLToPath } from 'node:url';
import { openS3Stores, openS3Tools, parseS3Location } from '@auraimage/objects-s3';
import type { Miniflare } from 'miniflare';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { removeFolder } from '../../../tests/harness/remove.js';
import { temporaryFolder } from '../../../tests/harness/server.js';
import { bundleForWorkerd, startWorkerd } from '../../../tests/harness/workerd/suite.js';
import { empty } from '../../../tests/workerd/support/bucket.js';
import { serveS3Api } from '../../../tests/workerd/support/s3-api.js';

import type { R2Bucket } from './bucket.js';

const MB = 1024 * 1024;
const HEAD = '--b\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n';
const END = '\r\n--b--\r\n';

let worker: Miniflare;
let address: URL;
let bucket: R2Bucket;

beforeAll(async () => {
  const resolveDir = fileURLToPath(new URL('../../../tests/workerd/', import.meta.url));
  const contents = `export { default } from './upload-worker.js';`;
  const program = await bundleForWorkerd({ contents, resolveDir });
  worker = await startWorkerd(program, { r2Buckets: ['MASTERS'] });
  address = await worker.ready;
  // Miniflare's type needs a package of types that nothing else uses.
  bucket = (await worker.getR2Bucket('MASTERS')) as unknown as R2Bucket;
});
afterAll(() => worker?.dispose());
afterEach(() => empty(bucket));

/** Sends a form with a file of some megabytes; `cutAt` closes the connection after so many, of which a part is stored. */
function send(megabytes: number, max: number, cutAt?: number) {
  const outgoing = request(new URL(`/?max=${max}`, address), {
    method: 'POST',
    headers: { 'Content-Type': 'multipart/form-data; boundary=b' },
  });
  const chunk = Buffer.alloc(MB, 7);
  const sent = async () => {
    outgoing.write(HEAD);
    for (let count = 0; count < megabytes; count++) {
      if (count === cutAt) {
        await expect.poll(state).toMatchObject({ open: 1 });
        return void outgoing.destroy();
      }
      if (!outgoing.write(chunk)) await once(outgoing, 'drain');
    }
    outgoing.end(END);
  };
  const answered = new Promise<unknown>((resolve, reject) => {
    outgoing.on('error', reject);
    outgoing.on('response', async (incoming) => {
      const parts = await incoming.toArray();
      resolve(JSON.parse(Buffer.concat(parts).toString()));
    });
  });
  // A Worker that refuses a body closes the connection before it has read all of it.
  const isClosed = ({ code }: NodeJS.ErrnoException) => code === 'EPIPE' || code === 'ECONNRESET';
  const sending = sent().catch((error: NodeJS.ErrnoException) => {
    if (!isClosed(error)) throw error;
  });
  return Promise.race([answered, sending.then(() => answered)]);
}

async function state(): Promise<unknown> {
  const response = await worker.dispatchFetch('http://worker.test/state');
  return response.json();
}

describe('an upload to a Worker', () => {
  it.each([1, 6])('of %i MB is stored as it was sent', async (megabytes) => {
    const hash = createHash('sha256');
    for (let count = 0; count < megabytes; count++) hash.update(Buffer.alloc(MB, 7));
    const sha256 = hash.digest('hex');
    const size = megabytes * MB;
    const stored = await send(megabytes, size);
    expect(stored).toMatchObject({ size, sha256, inspected: sha256 });
    const { id } = stored as { id: string };
    expect(await state()).toEqual({ keys: [`objects/${id}`], open: 0 });
  });

  it.each([1, 6])('of %i MB that is too large leaves nothing', async (megabytes) => {
    const max = megabytes * MB - 1;
    expect(await send(megabytes, max)).toEqual({ code: 'body_too_large' });
    expect(await state()).toEqual({ keys: [], open: 0 });
  });

  it('that is cut off after its first part leaves nothing', async () => {
    await expect(send(8, 20 * MB, 6)).rejects.toThrow();
    await expect.poll(state).toEqual({ keys: [], open: 0 });
  });
});

describe('a bucket of R2 that a server opens by its S3 API', () => {
  it('has the same keys, metadata and bytes, whoever wrote an object', async () => {
    const api = await serveS3Api(bucket);
    await bucket.put('drafts/abandoned', new Uint8Array(1));
    const spoolFolder = await temporaryFolder();
    const options = {
      location: parseS3Location(`s3://masters?endpoint=${api.endpoint}`),
      credentials: { accessKeyId: 'key', secretAccessKey: 'secret' },
      answerMs: 20_000,
      spoolFolder,
    };
    const onAway = (problem: unknown) => {
      throw problem;
    };
    const server = await openS3Stores({ ...options, onAway });
    const tools = await openS3Tools({ ...options, writing: false });
    try {
      const draft = await server.objects.create();
      await draft.write(new Uint8Array(1000).fill(7));
      const byServer = await draft.commit();
      const byWorker = (await send(1, MB)) as typeof byServer;
      const large = (await send(6, 6 * MB)) as typeof byServer;

      for (const { id, size, sha256 } of [byServer, byWorker, large]) {
        expect(await bucket.head(`objects/${id}`)).toMatchObject({
          size,
          httpMetadata: { contentType: 'application/octet-stream' },
          customMetadata: { sha256 },
        });
        expect(await tools.into.check(id, 'noted')).toEqual({ size, sha256 });
        const read = await worker.dispatchFetch(`http://worker.test/${id}/${size}`);
        const bytes = Buffer.from(await read.arrayBuffer());
        expect(createHash('sha256').update(bytes).digest('hex')).toBe(sha256);
      }
      for await (const page of tools.inventory.abandonedUploads()) {
        for (const upload of page) await upload.remove();
      }
      expect(await bucket.head('drafts/abandoned')).toBeNull();
      const { size, sha256 } = byWorker;
      expect(await tools.into.check(byWorker.id, 'bytes')).toEqual({ size, sha256 });
    } finally {
      await server.close();
      await tools.close();
      await api.close();
      await removeFolder(spoolFolder);
    }
  });
});
