import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { differs } from '../cloudflare/differences.js';
import { pictures } from '../files/pictures.js';
import { addProject } from '../harness/projects.js';
import { startTestServer, type TestServer, takesBounds } from '../harness/server.js';
import { postUpload } from '../harness/upload.js';
import { until } from '../heavy/support/until.js';
import { METRICS_TOKEN, readMetrics } from './support/metrics.js';
import { chunk, filePart, form, postRaw, uploadHead } from './support/upload-form.js';
import { exchange, openRaw } from './support/upload-raw.js';
import { storedFiles, tracesOf } from './support/upload-store.js';
import { sign, uploadClaims } from './support/upload-tokens.js';

const PER_CLIENT = 20;
const HARD_CAP = 10_000;

describe('limits of uploads', () => {
  let server: TestServer;
  let jpeg: Buffer;
  let client = 1;

  beforeAll(async () => {
    const env = {
      AURA_UPLOADS_PER_MINUTE: String(PER_CLIENT),
      AURA_MAX_UPLOAD_SIZE: String(HARD_CAP),
      AURA_METRICS_TOKEN: METRICS_TOKEN,
    };
    [server, jpeg] = await Promise.all([startTestServer({ env }), pictures.jpeg()]);
  });

  afterAll(async () => {
    await server.kill();
  });

  /** An upload from an address that no other test uses, so that rates do not mix. */
  async function send(token: string, file: Uint8Array, from: string, fields = {}): Promise<number> {
    const body = form(filePart(file));
    const head = uploadHead(token, { 'Content-Length': body.length, ...fields });
    return (await exchange(server.url, [head, body], from)).status;
  }

  function freshClient(): string {
    client++;
    return `127.0.0.${client}`;
  }

  function padded(size: number): Buffer {
    return Buffer.concat([jpeg, Buffer.alloc(size - jpeg.length)]);
  }

  it('limits each address by itself, whatever X-Forwarded-For says', async () => {
    const token = await server.aura.signUpload();
    const [busy, other] = [freshClient(), freshClient()];
    const statuses: number[] = [];
    for (let sent = 0; sent < PER_CLIENT + 3; sent++) {
      const fields = { 'X-Forwarded-For': `10.0.0.${sent}`, Forwarded: `for=10.0.0.${sent}` };
      statuses.push(await send(token, Buffer.from('no image'), busy, fields));
    }
    expect(statuses).toEqual([...Array(PER_CLIENT).fill(415), 429, 429, 429]);
    expect(await send(token, jpeg, other)).toBe(201);
  });

  it('does not count what had no good token', async () => {
    const address = freshClient();
    for (let sent = 0; sent < PER_CLIENT + 3; sent++) {
      expect(await send('bad.token', jpeg, address)).toBe(401);
    }
    expect(await send(await server.aura.signUpload(), jpeg, address)).toBe(201);
  });

  it('takes a file of exactly maxSize and none of a byte more', async () => {
    const address = freshClient();
    const token = await server.aura.signUpload({ maxSize: 5000 });
    expect(await send(token, padded(5000), address)).toBe(201);
    expect(await send(token, padded(5001), address)).toBe(413);
  });

  it('holds its own limit over the one of the token', async () => {
    const address = freshClient();
    const token = await server.aura.signUpload({ maxSize: '2gb' });
    expect(await send(token, padded(HARD_CAP), address)).toBe(201);
    expect(await send(token, padded(HARD_CAP + 1), address)).toBe(413);
  });

  it('counts a body of unknown length as it comes', async () => {
    const token = await server.aura.signUpload({ maxSize: 5000 });
    const head = uploadHead(token, { 'Transfer-Encoding': 'chunked' });
    const end = Buffer.from('0\r\n\r\n');
    const address = freshClient();
    for (const [size, expected] of [
      [5000, 201],
      [5001, 413],
    ] as const) {
      const body = chunk(form(filePart(padded(size))));
      expect((await exchange(server.url, [head, body, end], address)).status).toBe(expected);
    }
  });

  it('names the number of bytes in a 413', async () => {
    const token = await server.aura.signUpload({ maxSize: 5000 });
    const response = await postUpload(server.url, token, padded(6000));
    expect(response.status).toBe(413);
    expect(await response.json()).toEqual({ message: expect.stringContaining('5000') });
  });

  it('refuses a file that would go past the quota, though the quota is not used up', async () => {
    const quota = { quotaBytes: jpeg.length - 1 };
    const { projectName, secretKey } = await addProject(server, 'small', quota);
    const before = await tracesOf(server);
    const answer = await postRaw(
      server,
      sign(uploadClaims({ projectName }), secretKey),
      form(filePart(jpeg)),
    );
    expect([answer.status, answer.headers.get('x-aura-error')]).toEqual([402, 'quota_exceeded']);
    expect(await tracesOf(server)).toEqual(before);
  });

  it('lets one of many uploads at once have the last of the quota', async () => {
    const quota = { quotaBytes: jpeg.length };
    const { projectName, secretKey } = await addProject(server, 'last', quota);
    const before = (await storedFiles(server)).length;
    const token = sign(uploadClaims({ projectName }), secretKey);
    const address = freshClient();
    const length = differs('slots') ? 5 : 10;
    const all = await Promise.all(Array.from({ length }, () => send(token, jpeg, address)));
    expect(all.sort()).toEqual([201, ...Array(length - 1).fill(402)]);
    expect((await storedFiles(server)).length).toBe(before + 1);
  });

  if (!differs('metrics'))
    it('does not decode the files of clients that disconnect while they wait', async () => {
      const blank = sharp({
        create: { width: 4200, height: 4200, channels: 3, background: 'grey' },
      });
      const body = form(filePart(await blank.avif({ effort: 0, quality: 1 }).toBuffer()));
      const head = uploadHead(await server.aura.signUpload(), { 'Content-Length': body.length });
      const sum = async (name: string, outcome = {}) =>
        (await readMetrics(server)).sum(name, { task: 'inspect', ...outcome });
      const address = freshClient();
      const uploads = Array.from({ length: 6 }, () => openRaw(server.url, address));
      for (const upload of uploads) for (const part of [head, body]) upload.send(part);
      // Only one at a time is decoded, as large AVIFs are.
      await until('all files are received', async () =>
        (await sum('aura_image_jobs_running')) >= 5 ? true : null,
      );
      for (const upload of uploads) upload.cut();
      await until('the engine is idle', async () =>
        (await sum('aura_image_jobs_running')) === 0 ? true : null,
      );
      const decoded = { format: 'avif', outcome: 'ok' };
      expect(await sum('aura_image_job_duration_seconds_count', decoded)).toBeLessThanOrEqual(3);
    });

  it('gives quota back when an image is deleted', async () => {
    const quota = { quotaBytes: jpeg.length };
    const { projectName, secretKey } = await addProject(server, 'again', quota);
    const token = sign(uploadClaims({ projectName }), secretKey);
    const first = await postRaw(server, token, form(filePart(jpeg)));
    const { key } = JSON.parse(first.body) as { key: string };
    expect((await postRaw(server, token, form(filePart(jpeg)))).status).toBe(402);
    const deleted = await fetch(`${server.url}/v1/images/${projectName}/${key}`, {
      method: 'DELETE',
      headers: { Authorization: `Bearer ${secretKey}` },
    });
    expect(deleted.ok).toBe(true);
    expect((await postRaw(server, token, form(filePart(jpeg)))).status).toBe(201);
  });

  if (takesBounds())
    it('takes as many uploads at once as it is set up for', async () => {
      const limited = await startTestServer({ bounds: { maxConcurrentUploads: 1 } });
      const first = openRaw(limited.url);
      try {
        const token = await limited.aura.signUpload();
        const body = form(filePart(jpeg));
        first.send(uploadHead(token, { 'Content-Length': body.length, Expect: '100-continue' }));
        await first.invited;
        const second = await postRaw(limited, token, body);
        expect([second.status, second.headers.get('x-aura-error')]).toEqual([
          503,
          'too_many_uploads',
        ]);
        expect(second.headers.get('retry-after')).toMatch(/^[1-9]\d*$/);
        first.send(body);
        expect((await first.answer).status).toBe(201);
        expect((await postRaw(limited, token, body)).status).toBe(201);
      } finally {
        first.cut();
        await limited.kill();
      }
    });
});
