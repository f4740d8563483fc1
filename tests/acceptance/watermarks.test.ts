import { readFile, writeFile } from 'node:fs/promises';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { differs, isSimulated } from '../cloudflare/differences.js';
import { drawing } from '../files/pictures.js';
import { type OwnedServer, sharedServer } from '../harness/shared-server.js';
import { postUpload, upload } from '../harness/upload.js';
import { ask, expectError, type Reply } from './support/serve-request.js';
import { masterPath } from './support/transform-files.js';

const [RED, BLUE] = [
  [200, 30, 20],
  [20, 40, 200],
] as const;
const KEY = 'brand/logo';

let server: OwnedServer;
let url: string;
let token: string;

function plate([r, g, b]: readonly [number, number, number]): Promise<Buffer> {
  return sharp({ create: { width: 300, height: 200, channels: 3, background: { r, g, b } } })
    .png()
    .toBuffer();
}

/** Uploads the watermark, or replaces it. */
async function putMark(file: Buffer): Promise<void> {
  const signed = await server.aura.signUpload({ name: KEY, overwrite: true, visibility: 'public' });
  expect((await postUpload(server.url, signed, file)).status).toBe(201);
}

const preset = (name: string, body: object) =>
  server.owner.json('PUT', `/v1/projects/${server.credentials.projectName}/presets/${name}`, body);
const flip = (visibility: string) =>
  server.owner.json('PATCH', `/v1/images/${server.credentials.projectName}/${KEY}`, { visibility });

/** The colour of the upper left corner, which the watermark covers, and that of the lower right one. */
async function corners({ body }: Reply): Promise<[number[], number[]]> {
  const { data, info } = await sharp(body)
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const at = (pixel: number) => [
    ...data.subarray(pixel * info.channels, pixel * info.channels + 3),
  ];
  return [at(0), at(info.width * info.height - 1)];
}

/** Expects the picture with a watermark of one colour on its upper left part. */
async function expectMarked(reply: Reply, colour: readonly number[]): Promise<void> {
  expect(reply.status).toBe(200);
  if (isSimulated('effects')) return;
  const [covered, free] = await corners(reply);
  expect(covered).toEqual(colour);
  expect(free).not.toEqual(colour);
}

beforeAll(async () => {
  server = await sharedServer();
  await putMark(await plate(RED));
  const photo = await drawing(640, 480).jpeg().toBuffer();
  const uploaded = await upload(server, photo, 'private');
  url = uploaded.url;
  token = new URL(await server.aura.getSignedUrl(uploaded.key)).search.slice(1);
  const watermark = { key: KEY, position: 'top-left', scale: 0.5, opacity: 1 };
  await preset('sample', { transform: 'w=200,fmt=png', open: true, watermark });
  await preset('closed', { transform: 'w=200,fmt=png', watermark });
});

describe('an open preset with a watermark', () => {
  it('shows a private image with the watermark, without a token, and in no other way', async () => {
    const reply = await ask(`${url}?preset=sample`);
    await expectMarked(reply, RED);
    expect(reply.headers['cache-control']).toBe('private, max-age=300');
    await expectMarked(await ask(`${url}?preset=sample`), RED);
    for (const query of [
      '',
      'w=200&fmt=png',
      'preset=closed',
      'lqip=true',
      'blur=true',
      'fmt=original',
    ]) {
      expectError(await ask(`${url}?${query}`), 403, 'signed_token_required');
    }
    await expectMarked(await ask(`${url}?preset=closed&${token}`), RED);
    for (const query of ['preset=sample&w=200', 'preset=sample&blur=true']) {
      expect((await ask(`${url}?${query}`)).status, query).toBeGreaterThanOrEqual(400);
    }
  });

  it('answers HEAD and If-None-Match for the picture with the watermark', async () => {
    const answers = async () => {
      const { headers, body } = await ask(`${url}?preset=sample`);
      const head = await ask(`${url}?preset=sample`, { method: 'HEAD' });
      const known = { 'If-None-Match': `${headers.etag}` };
      const { status } = await ask(`${url}?preset=sample`, { headers: known });
      const { etag, 'content-length': length } = head.headers;
      return [etag === headers.etag, Number(length) === body.length, status];
    };
    // Between two requests, a smaller re-encoded variant may take the place of the first one.
    await expect.poll(answers, { timeout: 20_000 }).toEqual([true, true, 304]);
  });

  it('shows other bytes under another ETag when the watermark is replaced', async () => {
    const before = await ask(`${url}?preset=sample`);
    await putMark(await plate(BLUE));
    const known = { 'If-None-Match': `${before.headers.etag}` };
    const after = await ask(`${url}?preset=sample`, { headers: known });
    await expectMarked(after, BLUE);
    expect(after.headers.etag).not.toBe(before.headers.etag);
    await putMark(await plate(RED));
    await expectMarked(await ask(`${url}?preset=sample`), RED);
  });

  it('shows nothing while the watermark is not public, kept variants and known ETags included', async () => {
    const { headers: before } = await ask(`${url}?preset=sample`);
    const known = { 'If-None-Match': `${before.etag}` };
    await flip('private');
    for (const query of ['preset=sample', `preset=sample&${token}`, `preset=closed&${token}`]) {
      expectError(await ask(`${url}?${query}`, { headers: known }), 404, 'watermark_missing');
    }
    const head = await ask(`${url}?preset=sample`, { method: 'HEAD', headers: known });
    expect(head.status).toBe(404);
    await flip('public');
    await expectMarked(await ask(`${url}?preset=sample`), RED);
  });

  // The store is a folder of files.
  if (!differs('variants'))
    it('never falls back to the picture without the watermark', async () => {
      await preset('sample', {
        transform: 'w=210',
        open: true,
        watermark: { key: KEY, position: 'top-left', scale: 0.6 },
      });
      await putMark(await plate([1, 2, 3]));
      const path = await masterPath(server, await plate([1, 2, 3]));
      const file = await readFile(path);
      await writeFile(path, Buffer.alloc(file.length));
      for (const query of ['preset=sample', `preset=sample&${token}`]) {
        expectError(await ask(`${url}?${query}`), 503, 'variant_unavailable');
      }
      await putMark(await plate(RED));
      expect((await ask(`${url}?preset=sample`)).status).toBe(200);
    });

  it('is gone with the image of its watermark', async () => {
    expect((await ask(`${url}?preset=sample`)).status).toBe(200);
    await server.aura.delete(KEY);
    expectError(await ask(`${url}?preset=sample`), 404, 'watermark_missing');
    expectError(await ask(url), 403, 'signed_token_required');
  });
});
