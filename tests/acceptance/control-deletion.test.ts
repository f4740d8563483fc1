import { AuraImage } from '@auraimage/sdk';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { drawing } from '../files/pictures.js';
import { openBrowser, type Person, signUp } from '../harness/control.js';
import { removeFolder } from '../harness/remove.js';
import { startTestServer, type TestServer, temporaryFolder } from '../harness/server.js';
import { postUpload, upload } from '../harness/upload.js';
import { ask } from './support/serve-request.js';
import { filePart, form, postRaw } from './support/upload-form.js';
import { filesUnder } from './support/upload-store.js';

const LONG_MS = 180_000;
/** More than are removed between two records of the progress, so that a kill happens in between. */
const IMAGES = 210;
const ENV = {
  AURA_LOG_LEVEL: 'warn',
  AURA_UPLOADS_PER_MINUTE: '100000',
};

interface Deletion {
  readonly id: string;
  readonly images: number;
  readonly removed: number;
  readonly finishedAt: string | null;
}

let dataDir: string;
let server: TestServer;
let owner: Person;

beforeEach(async () => {
  dataDir = await temporaryFolder();
  server = await startTestServer({ dataDir, env: ENV });
  owner = await signUp(server);
});
afterEach(async () => {
  await server.kill();
  await removeFolder(dataDir);
});

async function fill(times: number): Promise<void> {
  const file = await drawing(16, 16).png().toBuffer();
  const token = await server.aura.signUpload({ visibility: 'public' });
  const body = form(filePart(file));
  for (let count = 0; count < times; count += 10) {
    const together = Array.from({ length: Math.min(10, times - count) }, async () => {
      expect((await postRaw(server, token, body)).status).toBe(201);
    });
    await Promise.all(together);
  }
}

/** Signs in again at the restarted server. */
async function signedIn(): Promise<Person> {
  const { email, password } = owner;
  const browser = openBrowser(server);
  await browser.json('POST', '/v1/auth/sign-in', { email, password });
  return { ...browser, email, password };
}

async function finished(id: string): Promise<Deletion> {
  for (;;) {
    const deletion = await owner.json<Deletion>('GET', `/v1/deletions/${id}`);
    expect(deletion.removed).toBeLessThanOrEqual(deletion.images);
    if (deletion.finishedAt !== null) return deletion;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

it(
  'a deletion that a kill cut off goes on at the next start, and leaves nothing behind',
  async () => {
    const { projectName } = server.credentials;
    await fill(IMAGES);
    const { images } = await owner.json<{ images: number }>('GET', `/v1/projects/${projectName}`);
    const body = { confirm: projectName };
    const begun = await owner.json<Deletion>('DELETE', `/v1/projects/${projectName}`, body);
    expect(begun).toMatchObject({ images, removed: 0, finishedAt: null });
    const name = { projectName };
    expect((await owner.send('POST', '/v1/projects', name)).status).toBe(409);
    await server.kill();

    const left = (await filesUnder(dataDir, 'store')).length;
    expect(left).toBeGreaterThan(0);
    const { credentials } = server;
    server = await startTestServer({ dataDir, credentials, env: ENV });
    owner = await signedIn();
    expect(await finished(begun.id)).toMatchObject({ id: begun.id, images, removed: images });
    expect(await filesUnder(dataDir, 'store')).toEqual([]);
    expect((await owner.send('POST', '/v1/projects', name)).status).toBe(201);
    const list = await owner.json('GET', `/v1/projects/${projectName}/images`);
    expect(list).toEqual({ images: [], folders: [], cursor: null });
  },
  LONG_MS,
);

it(
  'nothing of a deleted project answers any more, nor in another one of its name',
  async () => {
    const { url, credentials, aura } = server;
    const { projectName, secretKey } = credentials;
    const file = await drawing(64, 48).jpeg().toBuffer();
    const open = await upload(server, file, 'public');
    const closed = await upload(server, file, 'private');
    const link = await aura.getSignedUrl(closed.key);
    const variant = `${open.url}?w=20`;
    const token = await aura.signUpload({});
    for (const address of [open.url, variant, link]) expect((await ask(address)).status).toBe(200);
    const signed = await owner.json<Record<string, string>>('POST', '/v1/sign', { projectName });

    const project = `/v1/projects/${projectName}`;
    const begun = await owner.json<Deletion>('DELETE', project, { confirm: projectName });
    const uploadTokens = [token, signed['signature'] ?? ''];
    const expectGone = async () => {
      for (const address of [open.url, variant, closed.url, link]) {
        const reply = await ask(address);
        expect([address, reply.status]).toEqual([address, 404]);
        expect(reply.headers['cache-control']).toBe('no-store');
      }
      for (const each of uploadTokens) {
        expect((await postUpload(url, each, file)).status).toBe(401);
      }
      const headers = { Authorization: `Bearer ${secretKey}` };
      expect([401, 403]).toContain((await ask(`${url}${project}/images`, { headers })).status);
      const sdk = new AuraImage(credentials);
      await expect(sdk.setVisibility(closed.key, 'public')).rejects.toThrow();
    };
    await expectGone();
    for (const path of ['', '/secret-keys', '/serve-secret', '/usage', '/audit']) {
      expect((await owner.send('GET', project + path)).status).toBe(404);
    }
    expect(await owner.json('GET', '/v1/projects')).toEqual({ projects: [] });
    await finished(begun.id);
    const { deletions } = await owner.json<{ deletions: Deletion[] }>('GET', '/v1/deletions');
    expect(deletions.map(({ id }) => id)).toEqual([begun.id]);

    await owner.json('POST', '/v1/projects', { projectName });
    await expectGone();
    expect(await owner.json('GET', `${project}/secret-keys`)).toEqual({ secretKeys: [] });
    const { entries } = await owner.json<{ entries: readonly unknown[] }>(
      'GET',
      `${project}/audit`,
    );
    expect(entries).toMatchObject([{ action: 'project.created' }]);
    const secret = await owner.json<Record<string, string>>('GET', `${project}/serve-secret`);
    expect(secret['secret']).not.toBe(credentials.serveSecret);
  },
  LONG_MS,
);
