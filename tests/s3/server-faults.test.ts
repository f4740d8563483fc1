import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ask, expectError, json } from '../acceptance/support/serve-request.js';
import { runCommand, STACK } from '../acceptance/support/upload-command.js';
import { drawing } from '../files/pictures.js';
import { removeFolder } from '../harness/remove.js';
import { startTestServer, type TestServer, temporaryFolder } from '../harness/server.js';
import { postUpload, type Uploaded, upload } from '../harness/upload.js';
import { noiseImage, sha256, uniqueCopy } from '../heavy/support/images.js';
import { deleteImage, faultsOf, listImages } from '../heavy/support/library.js';
import { until } from '../heavy/support/until.js';
import { openServerBucket, type ServerBucket } from './support/bucket-server.js';
import type { Fault } from './support/fault-proxy.js';

let bucket: ServerBucket;
let server: TestServer;
let file: Buffer;
let large: Buffer;
let closed: Uploaded;
let closedLarge: Uploaded;

beforeAll(async () => {
  bucket = await openServerBucket();
  server = await bucket.start();
  file = await drawing(640, 480).jpeg().toBuffer();
  large = await noiseImage(3_000_000);
  closed = await upload(server, file, 'private');
  closedLarge = await upload(server, large, 'private', 'noise.png');
});

afterAll(async () => {
  await server?.kill();
  await bucket?.proxy.stop();
});

beforeEach(() => bucket.proxy.heal());

const signed = ({ key }: Uploaded) => server.aura.getSignedUrl(key);
const sendFile = async () => {
  const token = await server.aura.signUpload({ visibility: 'private' });
  return postUpload(server.url, token, file);
};

const FAULTS: readonly (readonly [string, Fault | null])[] = [
  ['nothing listens', null],
  ['it stalls', { how: 'stall' }],
  ['it resets', { how: 'reset' }],
  ['it is overloaded', { how: 'slow-down' }],
  ['it sends other bytes', { how: 'corrupt', after: 100 }],
];

describe.each(FAULTS)('during a fault of the store: %s', (_, fault) => {
  beforeEach(async () => {
    if (fault === null) await bucket.proxy.refuse();
    else bucket.proxy.fail(fault);
  });

  it('a private image is refused without a token, unavailable with one, and recovers', async () => {
    const url = await signed(closed);
    const reply = await ask(url);
    expectError(reply, 503, 'storage_unavailable');
    expect(reply.headers['retry-after']).toMatch(/^\d+$/);
    expectError(await ask(closed.url), 403, 'signed_token_required');
    expectError(await ask(`${closed.url}?w=10&token=x`), 403, 'serve_token_invalid');
    await bucket.proxy.heal();
    expect((await ask(url)).body.equals(file)).toBe(true);
  });
});

describe('while the store is unavailable', () => {
  it('an upload is refused, leaves nothing, and succeeds afterwards', async () => {
    const before = await bucket.keys();
    await bucket.proxy.refuse();
    const refused = await sendFile();
    expect([refused.status, refused.headers.get('x-aura-error')]).toEqual([
      503,
      'storage_unavailable',
    ]);
    expect(await readdir(join(server.dataDir, 'spool'))).toEqual([]);
    expect(await listImages(server)).toHaveLength(3);
    await bucket.proxy.heal();
    expect(await bucket.keys()).toEqual(before);
    const { status } = await sendFile();
    expect(status).toBe(201);
  });

  it('visibility changes and deletions still work', async () => {
    const doomed = await upload(server, file, 'public');
    const flipped = await upload(server, file, 'public');
    await bucket.proxy.refuse();
    expect(await server.aura.setVisibility(flipped.key, 'private')).toEqual({
      visibility: 'private',
    });
    expect(await deleteImage(server, doomed.key)).toBe(204);
    await bucket.proxy.heal();
    expectError(await ask(flipped.url), 403, 'signed_token_required');
    expectError(await ask(doomed.url), 404, 'image_not_found');
  });

  it('/ready reports it, and the recovery', async () => {
    const ready = () => ask(`${server.url}/ready`);
    await bucket.proxy.refuse();
    const down = await until('503', async () => {
      const reply = await ready();
      return reply.status === 503 ? reply : null;
    });
    expect(json(down)).toEqual({
      status: 'unavailable',
      database: 'ok',
      store: 'unavailable',
      message: expect.stringContaining('endpoint of AURA_STORAGE'),
    });
    await bucket.proxy.heal();
    await until('200', async () => ((await ready()).status === 200 ? true : null));
  });
});

describe('a large image', () => {
  it('is complete if the store closes the connection once', async () => {
    bucket.proxy.fail({ how: 'cut', after: 1_000_000, times: 1 });
    const { status, body } = await ask(await signed(closedLarge));
    expect([status, body.equals(large)]).toEqual([200, true]);
    expect(bucket.proxy.struck()).toBe(1);
  });

  it.each([
    ['cut', 'closes connections before its responses are complete'],
    ['short', 'closes connections before its responses are complete'],
    ['corrupt', 'other bytes than were stored'],
  ] as const)('is cut off and never sent as complete during the fault: %s', async (how, why) => {
    bucket.proxy.fail({ how, after: 300_000 });
    await expect(ask(await signed(closedLarge)).then(({ status }) => status)).rejects.toThrow();
    await until('the reason in the log', () => (server.log().includes(why) ? true : null));
  });

  it('is not read further after its client has disconnected', async () => {
    const url = await signed(closedLarge);
    bucket.proxy.fail({ how: 'pause', after: 1_000_000 });
    const sent = request(url, { agent: false });
    sent.on('error', () => {});
    const ended = once(sent.end(), 'response').then(() => sent.destroy());
    await ended;
    await bucket.proxy.idle();
  });
});

describe('a server that is killed', () => {
  it('has every confirmed image, and otherwise only orphan objects', async () => {
    const dataDir = await temporaryFolder();
    const own = await openServerBucket();
    let current = await own.start({ dataDir });
    const { credentials } = current;
    const promised = new Set<string>();
    let sent = 0;
    for (let round = 0; round < 2; round++) {
      const { aura, url } = current;
      const token = await aura.signUpload({ visibility: 'private' });
      const uploader = async () => {
        for (;;) {
          const bytes = uniqueCopy(file);
          sent++;
          const { status } = await postUpload(url, token, bytes);
          if (status === 201) promised.add(sha256(bytes));
        }
      };
      const goal = promised.size + 8;
      const uploaders = Array.from({ length: 4 }, () => uploader().catch(() => {}));
      await until('some uploads', () => (promised.size >= goal ? true : null));
      await current.kill();
      await Promise.all(uploaders);
      current = await own.start({ dataDir, credentials });
    }
    const images = await listImages(current);
    const found = new Set(images.map((image) => image.sha256));
    expect([...promised].filter((hash) => !found.has(hash))).toEqual([]);
    expect(await faultsOf(current, images)).toEqual([]);
    const objects = (await own.keys()).filter((key) => key.startsWith('objects/'));
    expect(objects.length).toBeGreaterThanOrEqual(images.length);
    expect(objects.length).toBeLessThanOrEqual(sent + 1); // and the sample
    await current.stop();
    await own.proxy.stop();
    await removeFolder(dataDir);
  });
});

describe('startup', () => {
  const SECRET = 'not-the-secret';
  const unmade = () => ({ AURA_STORAGE: `s3://never-made?endpoint=${bucket.proxy.endpoint}` });
  it.each([
    ['an unknown key', () => ({ AWS_ACCESS_KEY_ID: 'nobody' }), 'set AWS_ACCESS_KEY_ID'],
    ['a wrong secret', () => ({ AWS_SECRET_ACCESS_KEY: SECRET }), 'set AWS_SECRET_ACCESS_KEY'],
    ['no bucket', unmade, 'add create=true'],
  ])('with %s fails with a clear message', async (_, changes, message) => {
    const AURA_DATA_DIR = await temporaryFolder();
    const env = { ...bucket.env, ...changes(), AURA_DATA_DIR, PORT: '0' };
    const { code, stderr } = await runCommand([], env);
    await removeFolder(AURA_DATA_DIR);
    expect(code).toBe(1);
    expect(stderr).toContain(message);
    expect(stderr).not.toMatch(STACK);
    expect(stderr).not.toContain(SECRET);
  });

  it('succeeds while the store is unavailable, and the server recovers with it', async () => {
    await bucket.proxy.refuse();
    const early = await startTestServer({ env: bucket.env });
    expect(early.log()).toContain('Nothing listens at the endpoint of AURA_STORAGE');
    const { aura, url } = early;
    const send = async () =>
      postUpload(url, await aura.signUpload({ visibility: 'private' }), file);
    expect((await send()).status).toBe(503);
    await bucket.proxy.heal();
    expect((await send()).status).toBe(201);
    await early.stop();
  });
});
