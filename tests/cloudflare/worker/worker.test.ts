import { readdir } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { createApiClient, unwrap } from '@auraimage/client';
import { AuraImage } from '@auraimage/sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { filePart, form, uploadHead } from '../../acceptance/support/upload-form.js';
import { openRaw } from '../../acceptance/support/upload-raw.js';
import { drawing } from '../../files/pictures.js';
import { openBrowser, type Person, signUp } from '../../harness/control.js';
import { shortOrLong } from '../../harness/long.js';
import { CLIENT, startTestProvider, type TestProvider } from '../../harness/openid-provider.js';
import { removeFolder } from '../../harness/remove.js';
import { startTestServer, type TestServer, temporaryFolder } from '../../harness/server.js';
import { postUpload, type Uploaded } from '../../harness/upload.js';
import { noiseImage, sha256, uniqueCopy } from '../../heavy/support/images.js';
import { faultsOf, listImages } from '../../heavy/support/library.js';
import { startHoldingWorker } from './support/holding-worker.js';

const FLIPS = shortOrLong(10, 500);
const KILLS = shortOrLong(1, 20);
const CUTS = shortOrLong(1, 20);
/** For tests that end and start the Worker in each round. */
const rounds = { timeout: shortOrLong(60_000, 600_000) };
const env = { AURA_LOG_LEVEL: 'warn', AURA_UPLOADS_PER_MINUTE: '100000' };

const CALLBACK = '/v1/auth/sign-in/provider/callback';

let dataDir: string;
let server: TestServer;
let owner: Person;
let provider: TestProvider;

beforeAll(async () => {
  dataDir = await temporaryFolder();
  provider = await startTestProvider();
  const signIn = {
    AURA_OIDC_ISSUER: provider.issuer,
    AURA_OIDC_CLIENT_ID: CLIENT.id,
    AURA_OIDC_CLIENT_SECRET: CLIENT.secret,
    AURA_OIDC_EMAILS: 'example.com',
  };
  server = await startTestServer({ dataDir, env: { ...env, ...signIn }, program: 'built' });
  provider.serve(server.appUrl + CALLBACK);
  owner = await signUp(server);
});

afterAll(async () => {
  await server?.kill();
  await provider?.close();
  await removeFolder(dataDir);
});

describe('the Worker', () => {
  it('starts as the server does, and shows no secret to a log', async () => {
    expect(server.output()).toMatch(/^# Dashboard: http:\/\/localhost:\d+\/dashboard$/m);
    expect(server.output()).not.toMatch(/sk_live|psk_live|token=/);
    const { unsigned, signed } = server.sample;
    expect((await fetch(unsigned)).status).toBe(403);
    const sample = await fetch(signed);
    await sample.arrayBuffer();
    expect(sample.status).toBe(200);
    expect(sample.headers.get('cache-control')).toBe('private, max-age=300');
  });

  it('is alive and ready, and has no metrics', async () => {
    const statusOf = async (path: string) => (await fetch(`${server.url}${path}`)).status;
    expect(await statusOf('/health')).toBe(200);
    expect(await statusOf('/ready')).toBe(200);
    expect(await statusOf('/metrics')).toBe(404);
    for (const page of ['/dashboard', '/docs', '/docs/guides/react', '/packages', '/openapi.json'])
      expect(await statusOf(page), page).toBe(200);
  });

  it('takes the first steps for nobody else', async () => {
    for (const headers of [{}, { Authorization: 'Bearer x' }]) {
      const response = await fetch(`${server.url}/v1/setup`, { method: 'POST', headers });
      expect(response.status).toBe(404);
      expect(response.headers.get('x-aura-error')).toBe('route_not_found');
    }
  });

  it('makes a hundred changes of one project at once', async () => {
    const { projectName: project } = server.credentials;
    const put = async (name: string) =>
      owner.api.PUT('/v1/projects/{project}/presets/{name}', {
        params: { path: { project, name } },
        body: { transform: 'w=640' },
      });
    const names = Array.from({ length: 100 }, (_, n) => `p${n}`);
    const responses = await Promise.all(names.map(put));
    expect(responses.map(({ response }) => response.status)).toEqual(Array(100).fill(200));
    const { status, headers } = (await put('one-more')).response;
    expect([status, headers.get('x-aura-error')]).toEqual([409, 'preset_limit']);
  });

  it('lets people sign in at a provider, two at once at first', async () => {
    const people = ['ada@example.com', 'eve@other.example'];
    const pages = await Promise.all(
      people.map(async (login) => {
        const browser = openBrowser(server);
        const { url } = await browser.json<{ url: string }>('POST', '/v1/auth/sign-in/provider');
        const { search } = new URL(await provider.walk(url, login));
        const { headers } = await browser.visit(CALLBACK + search);
        const { status } = await browser.send('GET', '/v1/auth/me');
        return [headers.get('location')?.replace(/.*\?/, ''), status];
      }),
    );
    expect(pages).toEqual([
      ['provider=account_created', 200],
      ['provider=provider_person_unknown', 401],
    ]);
    expect(server.log()).not.toContain(CLIENT.secret);
  });

  it('gives nothing out unsigned once a flip was answered', async () => {
    const { aura } = server;
    const { key, url } = await uploaded(await drawing(64, 48).jpeg().toBuffer(), 'private');
    const urls = [url, `${url}?w=20&fmt=png`, `${url}?blur=true`];
    /** Counts changes: it is even while the image is private. */
    let changes = 0;
    let ended = false;
    let refused = 0;
    const leaks: string[] = [];
    const readers = urls.map(async (address) => {
      while (!ended) {
        const began = changes;
        const { status, headers } = await fetch(address);
        if (began % 2 === 1 || began !== changes) continue;
        if (status === 403) refused++;
        else leaks.push(`${address} ${status} ${headers.get('server-timing')}`);
      }
    });
    for (let flip = 0; flip < FLIPS; flip++) {
      changes++;
      await aura.setVisibility(key, 'public');
      for (const address of urls) expect((await fetch(address)).status).toBe(200);
      await aura.setVisibility(key, 'private');
      changes++;
      for (const address of urls) expect((await fetch(address)).status).toBe(403);
    }
    ended = true;
    await Promise.all(readers);
    expect(leaks).toEqual([]);
    expect(refused).toBeGreaterThan(0);
  });

  it('keeps nothing of an upload that is cut off', async () => {
    const before = await traces();
    const file = await noiseImage(200 * 1024);
    const boundary = 'cut';
    const body = Buffer.concat([
      Buffer.from(
        `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n`,
      ),
      file,
      Buffer.from(`\r\n--${boundary}--\r\n`),
    ]);
    const head = `POST /v1/upload HTTP/1.1\r\nHost: localhost\r\nX-Aura-Signature: ${await server.aura.signUpload()}\r\nContent-Type: multipart/form-data; boundary=${boundary}\r\nContent-Length: ${body.length}\r\n\r\n`;
    for (const sent of [100, 100_000, body.length - 10]) {
      const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
      await new Promise((resolve) => socket.write(head, resolve));
      await new Promise((resolve) => socket.write(body.subarray(0, sent), resolve));
      socket.resetAndDestroy();
    }
    // An upload that ends well afterwards shows that the others have ended, too.
    await uploaded(uniqueCopy(file), 'public');
    await expect.poll(traces).toEqual({ rows: before.rows + 1, files: before.files + 1 });
  });

  it.each([
    ['its token', 401, () => 'bad.token'],
    ['its type', 415, () => server.aura.signUpload({ maxSize: 8_000_000 })],
  ])(
    'refuses an upload for %s while it is sent, and reads the rest',
    async (_, status, tokenOf) => {
      const body = form(filePart('<svg/>'.repeat(1_000_000)));
      const connection = openRaw(server.url);
      connection.send(uploadHead(await tokenOf(), { 'Content-Length': body.length }));
      connection.send(body.subarray(0, 100_000));
      expect((await connection.answer).status).toBe(status);
      // A connection that was reset would serve no other request.
      const next = connection.next();
      connection.send(body.subarray(100_000));
      connection.send('GET /health HTTP/1.1\r\nHost: test\r\n\r\n');
      expect((await next).status).toBe(200);
      connection.cut();
    },
  );

  it('has every image that it confirmed after kill -9, complete', rounds, async () => {
    for (let round = 0; round < KILLS; round++) {
      const promised = new Set<string>();
      let isKilled = false;
      const file = await noiseImage(60 * 1024);
      const uploaders = Array.from({ length: 4 }, async () => {
        while (!isKilled) {
          const bytes = uniqueCopy(file);
          const token = await server.aura.signUpload({ visibility: 'private' });
          const response = await postUpload(server.url, token, bytes, 'a.png').catch(() => null);
          if (response?.status === 201) promised.add(sha256(bytes));
        }
      });
      await expect.poll(() => promised.size).toBeGreaterThan(5 + round);
      await server.kill();
      isKilled = true;
      await Promise.all(uploaders);
      server = await startAgain();
      const images = await listImages(server);
      const kept = new Set(images.map((image) => image.sha256));
      expect([...promised].filter((sha) => !kept.has(sha))).toEqual([]);
      expect(await faultsOf(server, images)).toEqual([]);
    }
  });

  it('keeps all or nothing of changes that kill -9 cuts beside their batch', rounds, async () => {
    const { email, password } = owner;
    const file = await noiseImage(40 * 1024);
    for (let round = 0; round < CUTS; round++) {
      const [flipped, removed, committed] = await Promise.all(
        ['a', 'b', 'c'].map(async () => uploaded(uniqueCopy(file), 'private')),
      );
      if (!flipped || !removed || !committed) throw new Error('not uploaded');
      const before = await traces();
      const { credentials } = server;
      await server.kill();

      const holding = await startHoldingWorker(dataDir);
      const aura = new AuraImage({ ...credentials, cdnUrl: holding.url });
      const api = createApiClient({ baseUrl: holding.url, token: credentials.secretKey });
      await holding.hold('unsent');
      const cut: Promise<unknown>[] = [
        aura.setVisibility(flipped.key, 'public'),
        api.DELETE('/v1/images/{project}/{key}', {
          params: { path: { project: credentials.projectName, key: removed.key } },
        }),
        postUpload(holding.url, await aura.signUpload(), uniqueCopy(file), 'a.png'),
      ];
      await expect.poll(holding.held).toBe(3);
      await holding.hold('sent');
      cut.push(aura.setVisibility(committed.key, 'public'));
      const ended = Promise.allSettled(cut);
      await expect.poll(holding.held).toBe(4);
      await holding.kill();
      expect((await ended).map(({ status }) => status)).toEqual(Array(4).fill('rejected'));

      server = await startAgain();
      // The object of the upload is there, without a row: the sweep removes it.
      expect(await traces()).toEqual({ rows: before.rows, files: before.files + 1 });
      const images = await listImages(server);
      expect(await faultsOf(server, images)).toEqual([]);
      const statusOf = async ({ key }: Uploaded) =>
        (await fetch(`${server.url}/${credentials.projectName}/${key}`)).status;
      expect(await Promise.all([flipped, removed, committed].map(statusOf))).toEqual([
        403, 403, 200,
      ]);
      const { api: ownersApi } = openBrowser(server);
      await unwrap(ownersApi.POST('/v1/auth/sign-in', { body: { email, password } }));
      const path = { project: credentials.projectName };
      const log = await unwrap(
        ownersApi.GET('/v1/projects/{project}/audit', { params: { path, query: { limit: 100 } } }),
      );
      const entriesOf = ({ key }: Uploaded) =>
        log.entries.filter((entry) => JSON.stringify(entry).includes(key)).length;
      // The upload of each is one.
      expect([flipped, removed, committed].map(entriesOf)).toEqual([1, 1, 2]);
    }
  });

  it('says what is wrong with its settings', async () => {
    const wrong = { AURA_MAX_PIXELS: '-1', AURA_MASTER_KEY: 'short' };
    const failed = await startTestServer({ env: wrong, program: 'built' }).then(
      () => '',
      (error: Error) => error.message,
    );
    expect(failed).toMatch(/^the server ended with code 1$/m);
    expect(failed).toMatch(/^AURA_MAX_PIXELS: "-1" is not a whole number\. Allowed: /m);
    expect(failed).toMatch(/^AURA_MASTER_KEY: the value \(a secret, not shown\) is not 32 bytes/m);
  });
});

/** On the same data; the hashes of passwords stay those of the program as it is built. */
function startAgain(): Promise<TestServer> {
  const { credentials } = server;
  return startTestServer({ dataDir, env, credentials, slowHashes: true });
}

async function uploaded(file: Buffer, visibility: 'public' | 'private'): Promise<Uploaded> {
  const token = await server.aura.signUpload({ visibility });
  const response = await postUpload(server.url, token, file, 'photo.jpg');
  expect(response.status).toBe(201);
  return (await response.json()) as Uploaded;
}

/** What uploads have left: rows, and objects of the bucket. */
async function traces() {
  const blobs = await readdir(join(dataDir, 'r2/MASTERS/blobs'));
  return { rows: (await listImages(server)).length, files: blobs.length };
}
