import { readdir, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TOKEN_INVALID, TOKEN_MISSING } from '../acceptance/support/serve-gallery.js';
import { type Ask, ask, json, type Reply } from '../acceptance/support/serve-request.js';
import type { Daemon } from '../harness/daemon.js';
import { freePort } from '../harness/ports.js';
import { startTestServer, type TestServer } from '../harness/server.js';
import { type Uploaded, upload } from '../harness/upload.js';
import { noiseImage } from '../heavy/support/images.js';
import { askHost, targetOf } from './support/named.js';
import { adapt, readShipped, startShippedNginx } from './support/shipped.js';

/** Of a response's headers, those that no two responses share, and those of the connection. */
const VOLATILE = new Set([
  ...['connection', 'date', 'keep-alive', 'server', 'server-timing', 'strict-transport-security'],
  'x-request-id',
]);

let server: TestServer;
let nginx: Daemon;
let file: Buffer;
let closed: Uploaded;
let open: Uploaded;
let signed: string;

beforeAll(async () => {
  const port = await freePort();
  server = await startTestServer({
    env: {
      PORT: String(port),
      AURA_ACCEL_REDIRECT: '/_masters/',
      AURA_TRUSTED_PROXIES: '127.0.0.1',
    },
  });
  const snippet = adapt(await readShipped('nginx/aura-files.conf'), [
    ['/var/lib/auraimage/', `${server.dataDir}/`],
  ]);
  nginx = await startShippedNginx(
    'aura.conf',
    [port, port],
    [['  location / {', '  include snippets/aura-files.conf;\n  location / {']],
    { 'snippets/aura-files.conf': snippet },
  );
  // Too large for the server's own copies of public masters.
  file = await noiseImage(1_500_000);
  closed = await upload(server, file, 'private');
  open = await upload(server, file, 'public');
  signed = targetOf(await server.aura.getSignedUrl(closed.key));
});

afterAll(async () => {
  await nginx?.stop();
  await server?.kill();
});

const throughNginx = (target: string, options?: Ask) => askHost(nginx, target, options);
/** As nginx asks. */
const asProxy = (target: string, options?: Ask) => ask(`${server.url}${target}`, options);

async function pathOf({ key }: Uploaded): Promise<string> {
  const { headers } = await asProxy(key === closed.key ? signed : targetOf(open.url));
  return String(headers['x-accel-redirect']);
}

function stable({ headers }: Reply) {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !VOLATILE.has(name)));
}

describe('nginx that sends the files', () => {
  it('sends a master with the headers that the server would send itself', async () => {
    for (const target of [signed, targetOf(open.url)]) {
      const sent = await throughNginx(target);
      expect([sent.status, sent.body.equals(file)]).toEqual([200, true]);
      const own = await ask(`${server.url}${target}`, { from: '127.0.0.2' });
      expect([own.status, own.body.equals(file)]).toEqual([200, true]);
      expect(stable(sent)).toEqual(stable(own));
      expect(sent.headers['repr-digest']).toMatch(/^sha-256=:[A-Za-z0-9+/]{43}=:$/);
      expect(String(sent.headers['server-timing'])).toMatch(/cache;desc=/);
      const [left, right] = [sent.headers['x-request-id'], own.headers['x-request-id']];
      expect(left).not.toBe(right);
    }
    const { headers, body } = await asProxy(signed);
    expect(headers['x-accel-redirect']).toMatch(/^\/_masters\/[0-9a-f]{2}\/[0-9a-f]{32}$/);
    expect([body.length, headers['cache-control']]).toEqual([0, 'private, max-age=300']);
    // nginx keeps the connection to the server only if the response says that it has no body.
    expect(headers['content-length']).toBe('0');
  });

  it('tells only a trusted proxy where the file is', async () => {
    for (const target of [signed, targetOf(open.url)]) {
      const { headers } = await ask(`${server.url}${target}`, {
        from: '127.0.0.2',
        headers: { 'x-forwarded-for': '127.0.0.1' },
      });
      expect(headers['x-accel-redirect']).toBeUndefined();
      expect((await throughNginx(target)).headers['x-accel-redirect']).toBeUndefined();
    }
  });

  it('answers conditions, ranges and HEAD as the server does', async () => {
    const { headers } = await throughNginx(signed);
    const etag = String(headers.etag);
    const not = await throughNginx(signed, { headers: { 'if-none-match': etag } });
    expect([not.status, not.body.length]).toEqual([304, 0]);
    const part = await throughNginx(signed, { headers: { range: 'bytes=10-1000009' } });
    expect([part.status, part.body.equals(file.subarray(10, 1_000_010))]).toEqual([206, true]);
    const stale = { range: 'bytes=10-19', 'if-range': '"another"' };
    const whole = await throughNginx(signed, { headers: stale });
    expect([whole.status, whole.body.equals(file)]).toEqual([200, true]);
    const since = { 'if-modified-since': new Date(Date.now() + 1e6).toUTCString() };
    expect((await throughNginx(signed, { headers: since })).status).toBe(200);
    const head = await throughNginx(signed, { method: 'HEAD' });
    expect([head.status, head.headers['content-length']]).toEqual([200, String(file.length)]);
    expect((await throughNginx(`${signed}&w=20&fmt=webp`)).headers['content-type']).toBe(
      'image/webp',
    );
  });

  it('sends nothing without the token', async () => {
    const bare = targetOf(closed.url);
    const strange = new URL(await server.aura.getSignedUrl(open.key)).search;
    for (const [target, text] of [
      [bare, TOKEN_MISSING],
      [`${bare}?token=x`, TOKEN_INVALID],
      [`${bare}${strange}`, TOKEN_INVALID],
    ] as const) {
      const { status, body, headers } = await throughNginx(target);
      expect([status, body.toString()]).toEqual([403, text]);
      expect(headers['cache-control']).toBe('no-store');
    }
  });

  it('sends no file to a client that knows its path', async () => {
    const path = await pathOf(closed);
    const plain = path.slice(1);
    for (const target of [
      path,
      `/${path}`,
      `${path}?token=${new URLSearchParams(signed.slice(signed.indexOf('?'))).get('token')}`,
      `/./${plain}`,
      `/my-app/..${path}`,
      `/my-app/%2e%2e${path}`,
      path.replace('_', '%5F'),
      path.replace('_masters/', '_masters//'),
      path.replace('_masters/', '_masters/../_masters/'),
      `/_masters/../../../master.key`,
      `/_masters/..%2f..%2f..%2fmaster.key`,
      `/_masters../master.key`,
      `https://cdn.example${path}`,
    ]) {
      const { status, body } = await throughNginx(target);
      expect([400, 404], target).toContain(status);
      expect(body.length, target).toBeLessThan(1000);
      expect(body.subarray(0, 4), target).not.toEqual(file.subarray(0, 4));
    }
  });

  it.each([
    'X-Accel-Redirect',
    'X-Sendfile',
    'X-Accel-Mapping',
    'X-Sendfile-Type',
    'X-Original-URL',
    'X-Rewrite-URL',
  ])('does not listen to a client that sends %s', async (name) => {
    const headers = { [name]: await pathOf(closed) };
    const refused = await throughNginx(targetOf(closed.url), { headers });
    expect([refused.status, refused.body.toString()]).toEqual([403, TOKEN_MISSING]);
    const missing = await throughNginx('/my-app/abc123xyz0-none.jpg', { headers });
    expect(missing.status).toBe(404);
    const own = await throughNginx(targetOf(open.url), { headers });
    expect([own.status, own.body.equals(file)]).toEqual([200, true]);
  });

  it('sends a file no longer when its image was made private or deleted', async () => {
    const image = await upload(server, file, 'public');
    const target = targetOf(image.url);
    expect((await throughNginx(target)).status).toBe(200);
    await server.aura.setVisibility(image.key, 'private');
    expect((await throughNginx(target)).status).toBe(403);
    const { projectName, secretKey } = server.credentials;
    const deleted = await ask(`${server.url}/v1/images/${projectName}/${image.key}`, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${secretKey}` },
    });
    expect(deleted.status).toBeLessThan(300);
    expect((await throughNginx(target)).status).toBe(404);
  });

  it('gives an error that programs can read if nginx cannot read the file', async () => {
    const image = await upload(server, await noiseImage(1_100_000), 'public');
    const target = targetOf(image.url);
    const { headers } = await asProxy(target);
    const name = String(headers['x-accel-redirect']).slice('/_masters/'.length);
    const path = join(server.dataDir, 'store', 'objects', name);
    await rename(path, `${path}.away`);
    const reply = await throughNginx(target);
    expect(reply.status).toBe(503);
    expect(reply.headers['cache-control']).toContain('no-store');
    expect(json(reply)).toEqual({ message: expect.any(String) });
  });

  it('lets the group of the server read originals and nothing else', async () => {
    const modeOf = async (...names: string[]) =>
      (await stat(join(server.dataDir, ...names))).mode & 0o777;
    const [folder = '', name = ''] = (await pathOf(closed)).split('/').slice(-2);
    expect(await modeOf('store', 'objects', folder, name)).toBe(0o640);
    expect(await modeOf('store', 'objects', folder)).toBe(0o750);
    expect(await modeOf('store', 'objects')).toBe(0o750);
    expect(await modeOf('store')).toBe(0o750);
    for (const other of await readdir(server.dataDir)) {
      if (other !== 'store') expect((await modeOf(other)) & 0o077, other).toBe(0);
    }
    expect(await modeOf('store', 'tmp')).toBe(0o700);
  });
});
