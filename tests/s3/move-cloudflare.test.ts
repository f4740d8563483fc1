import { cp, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { AuraImage } from '@auraimage/sdk';
import { AwsClient } from 'aws4fetch';
import { Miniflare, type MiniflareOptions } from 'miniflare';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  compatibility,
  deployedOptions,
} from '../../apps/cloudflare/dist/src/commands/deployed.js';
import { runCommand, STACK, withoutProgress } from '../acceptance/support/upload-command.js';
import { drawing } from '../files/pictures.js';
import { openBrowser, type Person, signUp } from '../harness/control.js';
import { d1ApiWorker, startD1Api } from '../harness/d1-api.js';
import { killCommand } from '../harness/kill-command.js';
import { shortOrLong } from '../harness/long.js';
import { removeFolder } from '../harness/remove.js';
import { startTestServer, type TestServer, temporaryFolder } from '../harness/server.js';
import { postUpload, upload } from '../harness/upload.js';
import { faultsOf, type ListedImage, listImages } from '../heavy/support/library.js';
import { D1_ACCOUNT, D1_DATABASE } from '../workerd/d1-api.js';
import { openServerBucket, type ServerBucket } from './support/bucket-server.js';

// From a server on this machine to a Worker and back. The Worker runs in workerd, behind the form of Cloudflare's API; its
// bucket is a real S3 store, whose objects are copied to the R2 of workerd as they are.

const WORKER = fileURLToPath(new URL('../../apps/cloudflare/dist/worker', import.meta.url));
const PLACE = `d1://${D1_ACCOUNT}/${D1_DATABASE}`;
const SETUP_TOKEN = 'setup-token-of-this-test';

let root: string;
let dataDir: string;
let bucket: ServerBucket;
let server: TestServer;
let owner: Person;
let file: Buffer;
let images: ListedImage[];
let worker: Miniflare;
let front: Awaited<ReturnType<typeof d1ApiWorker>>;
let api: Awaited<ReturnType<typeof startD1Api>>;
/** Everything that commands have written. */
let written = '';

beforeAll(async () => {
  root = await temporaryFolder();
  dataDir = join(root, 'data');
  [server, bucket] = await Promise.all([startTestServer({ dataDir }), openServerBucket()]);
  owner = await signUp(server);
  file = await drawing(60, 40).png().toBuffer();
  for (const visibility of ['public', 'private'] as const) await upload(server, file, visibility);
  images = await listImages(server);
  const masterKey = (await readFile(join(dataDir, 'master.key'), 'utf8')).trim();
  front = await d1ApiWorker();
  worker = new Miniflare(optionsOf(masterKey));
  await worker.ready;
  api = await startD1Api(front.token, async (path, authorization, body) => {
    const fetcher = (await worker.getWorker('api')) as unknown as { fetch: typeof fetch };
    const init = { method: 'POST', headers: { authorization }, body };
    return fetcher.fetch(`http://api.test${path}`, init);
  });
});

afterAll(async () => {
  await server?.kill();
  await api?.stop();
  await worker?.dispose();
  await bucket?.proxy.stop();
  await removeFolder(root);
});

/** The deployed Worker with a master key, and the API in front of its database. */
function optionsOf(masterKey: string): MiniflareOptions {
  const { d1Persist, r2Persist, durableObjectsPersist, cachePersist, imagesPersist, ...deployed } =
    deployedOptions(join(root, 'worker'));
  const { program, options } = front;
  const bindings = {
    AURA_MASTER_KEY: masterKey,
    AURA_PUBLIC_URL: 'http://worker.test',
    AURA_SETUP_TOKEN: SETUP_TOKEN,
  };
  const modules = [{ type: 'ESModule', path: join(WORKER, 'worker.js') }];
  const apiModules = [{ type: 'ESModule', path: 'api.mjs', contents: program }];
  return {
    ...{ d1Persist, r2Persist, durableObjectsPersist, cachePersist, imagesPersist },
    host: '127.0.0.1',
    port: 0,
    handleRuntimeStdio: (...streams: Readable[]) => void streams.map((one) => one.resume()),
    workers: [
      { ...deployed, name: 'auraimage', modulesRoot: WORKER, modules, bindings },
      { ...options, ...compatibility(), name: 'api', modules: apiModules },
    ],
  } as MiniflareOptions;
}

const bucketPlace = () => bucket.env['AURA_STORAGE'] ?? '';
function environment() {
  const { AURA_STORAGE: _, ...keys } = bucket.env as Record<string, string>;
  return { ...keys, ...api.env, AURA_DATA_DIR: dataDir };
}
async function run(...args: readonly string[]) {
  const ended = await runCommand(args, environment());
  written += ended.stdout + ended.stderr;
  return ended;
}
const moveRowsThere = () => ['move', '--from', `sqlite:${join(dataDir, 'aura.db')}`, '--to', PLACE];

/** The bucket by the S3 API, as R2 has one too. */
function openBucket() {
  const { AWS_ACCESS_KEY_ID = '', AWS_SECRET_ACCESS_KEY = '' } = bucket.env;
  const { host, searchParams } = new URL(bucketPlace());
  const client = new AwsClient({
    accessKeyId: AWS_ACCESS_KEY_ID,
    secretAccessKey: AWS_SECRET_ACCESS_KEY,
    service: 's3',
    region: 'us-east-1',
  });
  const urlOf = (key: string) => `${searchParams.get('endpoint')}/${host}/${key}`;
  return {
    async get(key: string) {
      const response = await client.fetch(urlOf(key));
      const sha256 = response.headers.get('x-amz-meta-sha256') ?? '';
      return { sha256, bytes: await response.arrayBuffer() };
    },
    async put(key: string, body: ArrayBuffer, sha256: string) {
      const headers = { 'x-amz-meta-sha256': sha256 };
      expect((await client.fetch(urlOf(key), { method: 'PUT', body, headers })).status).toBe(200);
    },
  };
}

/** The Worker for its clients. */
async function openWorker() {
  const url = (await worker.ready).origin;
  const credentials = { ...server.credentials, cdnUrl: url };
  return { url, appUrl: url, credentials, aura: new AuraImage(credentials) };
}
async function uploadStatus(): Promise<number> {
  const { url, aura } = await openWorker();
  const response = await postUpload(url, await aura.signUpload({ visibility: 'private' }), file);
  await response.arrayBuffer();
  return response.status;
}

describe('aura-server move to a Worker and back', () => {
  it('copies images and rows, killed in between: the same links work on the Worker', async () => {
    const signed = await Promise.all(images.map(({ key }) => server.aura.getSignedUrl(key)));
    const objects = await run('move', '--from', `folder:${dataDir}/store`, '--to', bucketPlace());
    expect([objects.code, withoutProgress(objects)]).toEqual([0, '']);
    await server.stop();

    const moments = ['INTO images ', 'INTO users ', 'FROM images', 'UPDATE settings'];
    for (const moment of shortOrLong(['INTO images '], moments)) {
      expect(await killCommand(moveRowsThere(), environment(), api.hold(moment))).toBe(true);
    }
    const moved = await run(...moveRowsThere());
    expect([moved.code, withoutProgress(moved)]).toEqual([0, '']);
    expect(moved.stdout).toMatch(/^images: 3$/m);
    expect(moved.stdout).toMatch(/has all \d+ rows; each was read again and is the same/);
    expect(moved.stdout).toMatch(/set its secret AURA_MASTER_KEY/);

    const { MASTERS } = await worker.getBindings<{ MASTERS: R2 }>('auraimage');
    for (const key of await bucket.keys()) {
      const { bytes, sha256 } = await openBucket().get(key);
      await MASTERS.put(key, bytes, { customMetadata: { sha256 } });
    }
    const there = await openWorker();
    const setUp = { method: 'POST', headers: { Authorization: `Bearer ${SETUP_TOKEN}` } };
    const deployed = await fetch(`${there.url}/v1/setup`, setUp);
    // It makes no further project, and no further account.
    expect([deployed.status, await deployed.text()]).toEqual([
      200,
      expect.not.stringContaining('"show"'),
    ]);
    for (const link of signed) {
      const { pathname, search } = new URL(link);
      expect((await fetch(`${there.url}${pathname}${search}`)).status).toBe(200);
      const isPrivate = images.some(
        (image) => image.visibility === 'private' && pathname.includes(image.key),
      );
      const unsigned = await fetch(`${there.url}${pathname}`);
      expect(unsigned.status).toBe(isPrivate ? 403 : 200);
    }
    expect(await faultsOf(there, await listImages(there))).toEqual([]);
    const cookie = { Cookie: owner.cookie() };
    const me = await openBrowser(there).send('GET', '/v1/auth/me', undefined, cookie);
    expect([me.status, await me.json()]).toEqual([
      200,
      expect.objectContaining({ email: owner.email }),
    ]);
    expect(await uploadStatus()).toBe(201);
  }, 120_000);

  it('copies everything back; the Worker serves nothing then, until it is reopened', async () => {
    const back = join(root, 'back');
    await mkdir(back);
    await cp(join(dataDir, 'master.key'), join(back, 'master.key'));
    const there = await openWorker();
    const listed = await listImages(there);
    expect(listed).toHaveLength(images.length + 1);
    const returned = await run('move', '--from', PLACE, '--to', `sqlite:${back}/aura.db`);
    expect([returned.code, withoutProgress(returned)]).toEqual([0, '']);
    expect(returned.stdout).toMatch(/^The Worker cannot change its database from now on/);
    expect(returned.stdout).toMatch(/serves no image any more.*Delete it.*before you start/);
    expect(returned.stdout).toContain(`aura-server reopen ${PLACE}`);
    const links = [
      ...listed.map(({ key }) => there.aura.getSignedUrl(key)),
      `${there.url}/v1/auth/me`,
    ];
    for (const link of await Promise.all(links)) {
      const response = await fetch(link, { headers: { Cookie: owner.cookie() } });
      await response.arrayBuffer();
      expect([response.status, response.headers.get('cache-control')]).toEqual([503, 'no-store']);
    }
    expect(await uploadStatus()).toBe(503);

    const { MASTERS } = await worker.getBindings<{ MASTERS: R2 }>('auraimage');
    const known = await bucket.keys();
    for (const { key } of (await MASTERS.list({ prefix: 'objects/' })).objects) {
      if (known.includes(key)) continue;
      const object = await MASTERS.get(key);
      const bytes = (await object?.arrayBuffer()) ?? new ArrayBuffer();
      await openBucket().put(key, bytes, object?.customMetadata?.['sha256'] ?? '');
    }
    const here = await bucket.start({ dataDir: back, credentials: server.credentials });
    try {
      expect((await listImages(here)).map(({ key }) => key)).toEqual(listed.map(({ key }) => key));
      expect(await faultsOf(here, listed)).toEqual([]);
    } finally {
      await here.kill();
    }

    const reopened = await run('reopen', PLACE);
    expect([reopened.code, reopened.stdout]).toEqual([0, `${PLACE} is open for changes.\n`]);
    expect(await faultsOf(there, listed)).toEqual([]);
    expect(await uploadStatus()).toBe(201);
  });

  it('changes the master key of the Worker, which takes it from its next start', async () => {
    const before = await readFile(join(dataDir, 'master.key'), 'utf8');
    const changed = await run('rekey', '--database', PLACE);
    expect([changed.code, changed.stderr]).toEqual([0, '']);
    expect(changed.stdout).toMatch(/^\d+ secrets are encrypted under the new master key/);
    expect(changed.stdout).toContain(`AURA_MASTER_KEY < ${dataDir}/master.key`);
    const masterKey = await readFile(join(dataDir, 'master.key'), 'utf8');
    expect(masterKey).not.toBe(before);
    // Until then it shows nothing private.
    const signed = await Promise.all(
      images.map(async ({ key, visibility }) => {
        const response = await fetch(await (await openWorker()).aura.getSignedUrl(key));
        await response.arrayBuffer();
        return visibility === 'private' ? response.status : null;
      }),
    );
    expect(new Set(signed)).toEqual(new Set([500, null]));

    await worker.setOptions(optionsOf(masterKey.trim()));
    expect(await uploadStatus()).toBe(201);
    const there = await openWorker();
    expect(await faultsOf(there, images)).toEqual([]);
    const cookie = { Cookie: owner.cookie() };
    const me = await openBrowser(there).send('GET', '/v1/auth/me', undefined, cookie);
    expect(me.status).toBe(200);
  });

  it('shows neither the token nor the master key, and refuses wrong ones', async () => {
    const masterKey = (await readFile(join(dataDir, 'master.key'), 'utf8')).trim();
    const cases = [
      [{ CLOUDFLARE_API_TOKEN: 'not-the-token' }, /refuses CLOUDFLARE_API_TOKEN/],
      [{ AURA_MASTER_KEY: 'ab'.repeat(32) }, /cannot decrypt a secret/],
    ] as const;
    for (const [more, says] of cases) {
      const args = ['move', '--from', PLACE, '--to', `sqlite:${root}/none.db`];
      const { code, stdout, stderr } = await runCommand(args, { ...environment(), ...more });
      expect([code, stdout]).toEqual([1, '']);
      expect(stderr).toMatch(says);
      expect(stderr).not.toMatch(STACK);
      expect(stderr).not.toContain('the-token');
      written += stderr;
    }
    expect(await uploadStatus()).toBe(201); // none of them has closed the database
    expect(written).not.toContain(front.token);
    expect(written).not.toContain(masterKey);
  });
});

/** What is used of R2, whose types are those of Workers. */
interface R2 {
  put(key: string, bytes: ArrayBuffer, options: object): Promise<unknown>;
  get(key: string): Promise<R2Object | null>;
  list(options: object): Promise<{ readonly objects: readonly { readonly key: string }[] }>;
}
interface R2Object {
  readonly customMetadata?: Readonly<Record<string, string>>;
  arrayBuffer(): Promise<ArrayBuffer>;
}
