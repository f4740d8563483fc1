import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { drawing } from '../files/pictures.js';
import { type Person, signUp } from '../harness/control.js';
import { removeFolder } from '../harness/remove.js';
import { startTestServer, type TestServer, temporaryFolder } from '../harness/server.js';
import { postUpload, type Uploaded, upload } from '../harness/upload.js';
import { ask } from './support/serve-request.js';
import { filesUnder } from './support/upload-store.js';

interface Deletion {
  readonly id: string;
  readonly images: number;
  readonly removed: number;
  readonly finishedAt: string | null;
}

const IMAGES = 12;

let dataDir: string;
let server: TestServer | undefined;
beforeEach(async () => {
  dataDir = await temporaryFolder();
});
afterEach(async () => {
  await server?.kill();
  await removeFolder(dataDir);
});

/** A server whose first project has images, alternately public and private, and its owner. */
async function open(started: TestServer): Promise<{ owner: Person; images: Uploaded[] }> {
  const file = await drawing(32, 24).jpeg().toBuffer();
  const images = [];
  for (let n = 0; n < IMAGES; n++) {
    images.push(await upload(started, file, n % 2 === 0 ? 'public' : 'private'));
  }
  return { owner: await signUp(started), images };
}

/** Polls until a deletion has finished. */
async function finished(owner: Person, id: string): Promise<Deletion> {
  for (let left = 100; ; left--) {
    const deletion = await owner.json<Deletion>('GET', `/v1/deletions/${id}`);
    if (deletion.finishedAt !== null || left === 0) return deletion;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

const begin = (owner: Person, project: string) =>
  owner.json<Deletion>('DELETE', `/v1/projects/${project}`, { confirm: project });

describe('a project that is deleted', () => {
  it('is inaccessible at once, and leaves no file behind', async () => {
    server = await startTestServer({ dataDir, env: { AURA_LOG_LEVEL: 'warn' } });
    const { owner, images } = await open(server);
    const { projectName } = server.credentials;
    const [first, second] = images as [Uploaded, Uploaded];
    const link = await server.aura.getSignedUrl(second.key);
    const token = await server.aura.signUpload();
    const variant = `${first.url}?w=16&fmt=webp`;
    for (const url of [first.url, link, variant]) expect((await ask(url)).status, url).toBe(200);

    const deletion = await begin(owner, projectName);
    expect(deletion).toMatchObject({ images: IMAGES + 1, finishedAt: null }); // with the sample

    for (const url of [first.url, link, variant, `${link}&w=16`]) {
      expect((await ask(url)).status, url).toBe(404);
    }
    const file = await drawing(32, 24).jpeg().toBuffer();
    expect((await postUpload(server.url, token, file)).status).toBe(401);
    expect((await owner.send('GET', `/v1/projects/${projectName}`)).status).toBe(404);
    expect((await owner.send('GET', `/v1/projects/${projectName}/images`)).status).toBe(403);

    expect(await finished(owner, deletion.id)).toMatchObject({ removed: IMAGES + 1 });
    expect(await filesUnder(dataDir, 'store')).toEqual([]);
    const names = await owner.json('GET', `/v1/project-names/${projectName}`);
    expect(names).toMatchObject({ available: true });
    const again = await owner.json('POST', '/v1/projects', { projectName });
    expect(again).toMatchObject({ images: 0, usedBytes: 0 });
    expect((await ask(first.url)).status).toBe(404);
  });

  it('is completed by the next start if the server is killed', async () => {
    server = await startTestServer({ dataDir, env: { AURA_LOG_LEVEL: 'warn' } });
    const { owner, images } = await open(server);
    const { projectName } = server.credentials;
    const { id } = await begin(owner, projectName);
    await server.kill();
    server = await startTestServer({ dataDir, credentials: server.credentials });
    const { pathname } = new URL(images[0]?.url ?? '');
    expect((await ask(`${server.url}${pathname}`)).status).toBe(404);
    const again: Person = { ...owner, json: jsonAt(server.appUrl, owner) };
    expect(await finished(again, id)).toMatchObject({ removed: IMAGES + 1 });
    expect(await filesUnder(dataDir, 'store')).toEqual([]);
  });
});

/** The session continues at the server's address since its restart. */
function jsonAt(appUrl: string, owner: Person): Person['json'] {
  return async <T>(method: string, path: string) => {
    const headers = { Cookie: owner.cookie() };
    const response = await fetch(`${appUrl}${path}`, { method, headers });
    expect(response.status).toBe(200);
    return (await response.json()) as T;
  };
}
