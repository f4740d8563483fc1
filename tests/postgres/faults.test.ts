import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ask, expectError, json, type Reply } from '../acceptance/support/serve-request.js';
import { drawing } from '../files/pictures.js';
import { type Person, signUp } from '../harness/control.js';
import { startTestServer, type TestServer } from '../harness/server.js';
import { postUpload, type Uploaded, upload } from '../harness/upload.js';
import { listImages } from '../heavy/support/library.js';
import { until } from '../heavy/support/until.js';
import { createDatabase } from './support/database.js';
import { type DatabaseProxy, startDatabaseProxy } from './support/fault-proxy.js';

const INSERT = 'insert into "images"';

let proxy: DatabaseProxy;
let server: TestServer;
let file: Buffer;
let open: Uploaded;
let closed: Uploaded;
let signedUp: Promise<Person> | undefined;

beforeAll(async () => {
  const url = new URL(await createDatabase());
  proxy = await startDatabaseProxy(Number(url.port));
  url.port = String(proxy.port);
  server = await startTestServer({ env: { AURA_DATABASE_URL: url.href } });
  file = await drawing(640, 480).jpeg().toBuffer();
  open = await upload(server, file, 'public');
  closed = await upload(server, file, 'private');
});

afterAll(async () => {
  await server?.kill();
  await proxy?.stop();
});

beforeEach(async () => {
  await proxy.heal();
  await settled();
});

/** Resolves when the server reports that its database is available again. */
async function settled(): Promise<void> {
  await until('ready', async () => {
    const { status } = await ask(`${server.url}/ready`);
    return status === 200 ? true : null;
  });
}

function signUpOnce(): Promise<Person> {
  signedUp ??= signUp(server);
  return signedUp;
}

async function sendFile(): Promise<Response> {
  return postUpload(server.url, await server.aura.signUpload({ visibility: 'private' }), file);
}

const listOf = async () => (await listImages(server)).map(({ key }) => key);

function expectAway(reply: Reply): void {
  expectError(reply, 503, 'storage_unavailable');
  expect(reply.headers['retry-after']).toMatch(/^\d+$/);
}

const FAULTS: readonly (readonly [string, () => Promise<void> | void])[] = [
  ['nothing listens', () => proxy.refuse()],
  ['it stalls', () => proxy.stall()],
];

describe.each(FAULTS)('while the database is unavailable: %s', (_, fail) => {
  it('no image is served, every response is a 503, and the server recovers', async () => {
    const signed = await server.aura.getSignedUrl(closed.key);
    const key = { Authorization: `Bearer ${server.credentials.secretKey}` };
    const project = `${server.url}/v1/projects/${server.credentials.projectName}`;
    await fail();
    const [sent, ...replies] = await Promise.all([
      sendFile(),
      // Its row may be cached, but it must not be served without a check in the database.
      ask(open.url),
      ask(closed.url),
      ask(signed),
      ask(`${signed}&w=100`),
      ask(`${project}/images`, { headers: key }),
      ask(`${server.url}/v1/auth/me`, { headers: { Cookie: 'aura_session=x' } }),
    ]);
    expect([sent.status, sent.headers.get('x-aura-error')]).toEqual([503, 'storage_unavailable']);
    for (const reply of replies) expectAway(reply);
    expect((await ask(`${server.url}/health`)).status).toBe(200);
    // The result of a check is valid for a second.
    const ready = await until('503', async () => {
      const reply = await ask(`${server.url}/ready`);
      return reply.status === 503 ? reply : null;
    });
    expect(json(ready)).toMatchObject({ status: 'unavailable', database: 'unavailable' });

    await proxy.heal();
    await settled();
    expect((await ask(open.url)).body.equals(file)).toBe(true);
    expect((await ask(signed)).body.equals(file)).toBe(true);
    expectError(await ask(closed.url), 403, 'signed_token_required');
    expect((await sendFile()).status).toBe(201);
    expect(server.log()).not.toContain('password with');
  });
});

describe('closed connections', () => {
  it('are replaced: the next request succeeds', async () => {
    proxy.cut();
    expect((await ask(open.url)).status).toBe(200);
    expect((await sendFile()).status).toBe(201);
  });

  it('during the commit of an upload: it is stored and confirmed, although the database’s response was lost', async () => {
    const before = await listOf();
    const struck = proxy.struck();
    const token = await server.aura.signUpload({ visibility: 'private' });
    proxy.cutAtCommit(INSERT, 'after');
    const response = await postUpload(server.url, token, file);
    expect(proxy.struck()).toBe(struck + 1);
    expect(response.status).toBe(201);
    const { key } = (await response.json()) as Uploaded;
    expect((await listOf()).filter((name) => !before.includes(name))).toEqual([key]);
    expect((await ask(await server.aura.getSignedUrl(key))).body.equals(file)).toBe(true);
  });

  it.each([
    ['after', 'private', 1],
    ['before', 'public', 0],
  ] as const)(
    '%s the commit of a visibility change: it is made with its entry, or neither is',
    async (when, visibility, more) => {
      const person = await signUpOnce();
      const { key } = await upload(server, file, 'public');
      const flips = async () => {
        const { entries } = await person.json<{ entries: { action: string; target: string }[] }>(
          'GET',
          '/v1/audit',
        );
        const isFlip = (action: string) => action === 'image.visibility_changed';
        return entries.filter(({ action, target }) => isFlip(action) && target === key).length;
      };
      const struck = proxy.struck();
      proxy.cutAtCommit('update "images"', when);
      await expect(server.aura.setVisibility(key, 'private')).rejects.toThrow();
      expect(proxy.struck()).toBe(struck + 1);
      await settled();
      const found = (await listImages(server)).find((image) => image.key === key);
      expect([found?.visibility, await flips()]).toEqual([visibility, more]);
      // Once more: only what was not made before makes an entry.
      await server.aura.setVisibility(key, 'private');
      expect(await flips()).toBe(1);
    },
  );

  it('before the commit of an upload: it is refused and not stored', async () => {
    const before = await listOf();
    const struck = proxy.struck();
    const token = await server.aura.signUpload({ visibility: 'private' });
    proxy.cutAtCommit(INSERT, 'before');
    const response = await postUpload(server.url, token, file);
    expect(proxy.struck()).toBe(struck + 1);
    expect([response.status, response.headers.get('x-aura-error')]).toEqual([
      503,
      'storage_unavailable',
    ]);
    expect(await listOf()).toEqual(before);
  });
});
