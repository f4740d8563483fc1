import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { AuraImage } from '@auraimage/sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addProject } from '../harness/projects.js';
import { startTestServer, type TestServer } from '../harness/server.js';
import { postUpload } from '../harness/upload.js';
import { noiseImage } from '../heavy/support/images.js';
import { openUpload, type SlowUpload } from '../heavy/support/slow-upload.js';
import { until } from '../heavy/support/until.js';
import { uploadFreshly } from './support/workers.js';

const SLOTS = 2;
const NO_RATES = {
  AURA_UPLOADS_PER_MINUTE: '1000000',
};

/** Another project of the server. */
async function addQuiet(server: TestServer): Promise<AuraImage> {
  return new AuraImage(await addProject(server, 'quiet'));
}

describe('concurrent uploads', () => {
  let server: TestServer;
  /** Too large to arrive at once, and one that is sent again and again. */
  let file: Buffer;
  let small: Buffer;

  beforeAll(async () => {
    file = await noiseImage(400_000);
    small = await noiseImage(2000);
    server = await startTestServer({
      env: NO_RATES,
      // Long enough for the steps in between on a machine that does other things as well.
      bounds: { maxConcurrentUploads: SLOTS, idleSeconds: 4, uploadSeconds: 8 },
    });
  });

  afterAll(async () => {
    await server?.kill();
  });

  const spooled = () => readdir(join(server.dataDir, 'store/tmp'));

  async function halfSentUpload(): Promise<SlowUpload> {
    const before = (await spooled()).length;
    const upload = openUpload(server.url, await server.aura.signUpload(), file.length);
    await upload.send(file.subarray(0, 100_000));
    // Sent is not yet received: a quicker upload could take the slot.
    await until('the upload has its slot', async () =>
      (await spooled()).length > before ? true : null,
    );
    return upload;
  }

  const quickUpload = async () => postUpload(server.url, await server.aura.signUpload(), small);

  /** The answer to a quick upload once all slots are taken. */
  const refusal = () =>
    until('an upload is refused', async () => {
      const response = await quickUpload();
      if (response.status !== 201) return response;
      await response.arrayBuffer();
      return null;
    });

  async function expectBusy(response: Response): Promise<void> {
    expect(response.status).toBe(503);
    expect(response.headers.get('X-Aura-Error')).toBe('too_many_uploads');
    expect(Number(response.headers.get('Retry-After'))).toBeGreaterThan(0);
    expect(await response.json()).toEqual({ message: expect.stringMatching(/busy/) });
  }

  it('answers 503 while all slots are taken, and takes uploads when one is free again', async () => {
    const uploads = [await halfSentUpload(), await halfSentUpload()];
    await expectBusy(await refusal());
    for (const upload of uploads) upload.end(file.subarray(100_000));
    for (const { answer } of uploads) expect((await answer).status).toBe(201);
    expect((await quickUpload()).status).toBe(201);
  });

  it('closes stalled uploads, which frees their slots', async () => {
    const uploads = [await halfSentUpload(), await halfSentUpload()];
    await expectBusy(await refusal());
    for (const { answer } of uploads) {
      expect(await answer).toMatchObject({
        status: 408,
        headers: { 'x-aura-error': 'body_timeout' },
      });
    }
    expect((await quickUpload()).status).toBe(201);
  });

  it('closes very slow uploads, which frees their slots', async () => {
    const uploads = [await halfSentUpload(), await halfSentUpload()];
    const drip = setInterval(() => {
      for (const upload of uploads) upload.send(Buffer.alloc(1)).catch(() => {});
    }, 200);
    try {
      await expectBusy(await refusal());
      for (const { answer } of uploads) expect((await answer).status).toBe(408);
    } finally {
      clearInterval(drip);
    }
    expect((await quickUpload()).status).toBe(201);
  });

  it('frees the slot of a client that disconnects', async () => {
    const uploads = [await halfSentUpload(), await halfSentUpload()];
    await expectBusy(await refusal());
    for (const upload of uploads) upload.abort();
    const response = await until('a slot is free again', async () => {
      const answer = await quickUpload();
      return answer.status === 201 ? answer : null;
    });
    expect(response.status).toBe(201);
  });

  it('ends the slowest upload for a project that holds fewer, and keeps nothing of it', async () => {
    const quiet = await addQuiet(server);
    const uploads = [await halfSentUpload(), await halfSentUpload()];
    const drip = setInterval(() => {
      for (const upload of uploads) upload.send(Buffer.alloc(1)).catch(() => {});
    }, 200);
    try {
      const stored = await until('an upload of the other project', async () => {
        const answer = await postUpload(server.url, await quiet.signUpload(), small);
        return answer.status === 201 ? answer : null;
      });
      expect(stored.status).toBe(201);
      const ended = await Promise.race(uploads.map(({ answer }) => answer));
      expect(ended).toMatchObject({
        status: 503,
        headers: { 'x-aura-error': 'too_many_uploads', 'retry-after': '1' },
      });
      await expect.poll(spooled).toHaveLength(SLOTS - 1);
    } finally {
      clearInterval(drip);
      for (const upload of uploads) upload.abort();
    }
    await expect.poll(spooled).toEqual([]);
  });
});

describe('uploads that trickle', () => {
  it('take no slots from another project, with several workers too', async () => {
    const server = await startTestServer({
      env: { AURA_WORKERS: '2', ...NO_RATES },
      bounds: { maxConcurrentUploads: 4 },
    });
    try {
      const quiet = await addQuiet(server);
      const token = await server.aura.signUpload();
      const trickles = Array.from({ length: 24 }, () => openUpload(server.url, token, 100_000));
      for (const trickle of trickles) await trickle.send(Buffer.alloc(1));
      // Each on a connection of its own: those of the trickles may have gone to one worker alone.
      const refused = await until('the slots are taken', async () => {
        const answer = await uploadFreshly(server.url, token);
        return answer.status === 503 ? answer : null;
      });
      expect(refused.headers['x-aura-error']).toBe('too_many_uploads');
      const statuses: number[] = [];
      for (let count = 0; count < 20; count++) {
        const answer = await uploadFreshly(server.url, await quiet.signUpload());
        statuses.push(answer.status);
      }
      expect(statuses).toEqual(Array(20).fill(201));
      for (const trickle of trickles) trickle.abort();
    } finally {
      await server.kill();
    }
  });
});
