import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TOKEN_MISSING } from '../acceptance/support/serve-gallery.js';
import { expectError, json } from '../acceptance/support/serve-request.js';
import { drawing } from '../files/pictures.js';
import { commandOf, type Daemon } from '../harness/daemon.js';
import { shortOrLong } from '../harness/long.js';
import { freePort } from '../harness/ports.js';
import { removeFolder } from '../harness/remove.js';
import { startTestServer, type TestServer, temporaryFolder } from '../harness/server.js';
import type { Uploaded } from '../harness/upload.js';
import { type FickleServer, startFickleServer } from './support/fickle-server.js';
import { askHost, targetOf, uploadRequest } from './support/named.js';
import { DEPLOY, HOST, startShippedCaddy, startShippedNginx } from './support/shipped.js';

const UPLOADS_A_MINUTE = 12;
const ENV = {
  AURA_PUBLIC_URL: 'https://cdn.example',
  AURA_TRUSTED_PROXIES: '127.0.0.1',
  AURA_UPLOADS_PER_MINUTE: String(UPLOADS_A_MINUTE),
};

const LARGE = 31 * 1024 * 1024;
/** Of a reader, between two reads: a server that shuts down takes far longer. */
const PAUSE_MS = 20;

interface Front {
  readonly name: string;
  start(ports: readonly [number, number]): Promise<Daemon>;
  /** Size of a refused upload, within what the proxy still reads before it closes the connection. */
  readonly refused: number;
  /** Whether it caches public pictures. */
  readonly keeps?: true;
  /** Its whole log. */
  logOf(proxy: Daemon): Promise<string>;
}

const nginxLog = async ({ folder }: Daemon) =>
  (
    await Promise.all(
      ['aura.log', 'aura-error.log'].map((name) => readFile(join(folder, name), 'utf8')),
    )
  ).join('');

const FRONTS: readonly Front[] = [
  {
    name: 'nginx',
    refused: LARGE,
    start: (ports) => startShippedNginx('aura.conf', ports),
    logOf: nginxLog,
  },
  {
    name: 'nginx with a cache',
    // Uploads have the same lines in both files.
    refused: shortOrLong(1024 * 1024, LARGE),
    keeps: true,
    start: (ports) => startShippedNginx('aura-cached.conf', ports),
    logOf: nginxLog,
  },
  {
    name: 'Caddy',
    refused: 200_000,
    start: startShippedCaddy,
    logOf: async ({ output }) => output(),
  },
];

describe.each(FRONTS)('$name in the shipped configuration', ({ start, logOf, keeps, refused }) => {
  let dataDir: string;
  let servers: readonly [TestServer, TestServer];
  let proxy: Daemon;
  let file: Buffer;

  beforeAll(async () => {
    dataDir = await temporaryFolder();
    const ports = [await freePort(), await freePort()] as const;
    const envOf = (port: number) => ({ ...ENV, PORT: String(port) });
    const first = await startTestServer({ dataDir, env: envOf(ports[0]) });
    const { credentials } = first;
    servers = [first, await startTestServer({ dataDir, env: envOf(ports[1]), credentials })];
    proxy = await start(ports);
    file = await drawing(64, 48).jpeg().toBuffer();
  });

  afterAll(async () => {
    await proxy?.stop();
    await Promise.all((servers ?? []).map((server) => server.kill()));
    await removeFolder(dataDir);
  });

  const upload = async (visibility: 'public' | 'private', headers = {}) => {
    const { aura } = servers[0];
    const ask = await uploadRequest(await aura.signUpload({ visibility }), file);
    return askHost(proxy, '/v1/upload', { ...ask, headers: { ...ask.headers, ...headers } });
  };

  it('passes uploads and reads, private ones with their token', async () => {
    const uploaded = await upload('private');
    expect(uploaded.status).toBe(201);
    const { url, key } = json(uploaded) as Uploaded;
    expect(url).toMatch(/^https:\/\/cdn\.example\//);
    expect((await askHost(proxy, targetOf(url))).body.toString()).toBe(TOKEN_MISSING);
    const signed = targetOf(await servers[0].aura.getSignedUrl(key));
    const whole = await askHost(proxy, signed);
    expect([whole.status, whole.body.equals(file)]).toEqual([200, true]);
    const part = await askHost(proxy, signed, { headers: { range: 'bytes=2-5' } });
    expect([part.status, part.body]).toEqual([206, file.subarray(2, 6)]);
    const again = { headers: { 'if-none-match': String(whole.headers.etag) } };
    expect((await askHost(proxy, signed, again)).status).toBe(304);
    expect((await askHost(proxy, `${signed}&w=20&fmt=webp`)).headers['content-type']).toBe(
      'image/webp',
    );
  });

  it(`caches ${keeps ? 'public pictures and nothing else' : 'nothing'}`, async () => {
    const open = targetOf((json(await upload('public')) as Uploaded).url);
    const { key } = json(await upload('private')) as Uploaded;
    const closed = targetOf(await servers[0].aura.getSignedUrl(key));
    const comesAgain = async (target: string) => {
      const [first, second] = [await askHost(proxy, target), await askHost(proxy, target)];
      return first.headers['x-request-id'] === second.headers['x-request-id'];
    };
    expect(await comesAgain(`${open}?w=20&fmt=webp`)).toBe(keeps === true);
    for (const target of [
      closed,
      `${closed}&w=20`,
      '/dashboard',
      '/registry/image.json',
      '/ready',
    ]) {
      expect(await comesAgain(target), target).toBe(false);
    }
  });

  it('passes URLs on unchanged', async () => {
    for (const target of ['/my-app//a.jpg', '/my-app/%61bc.jpg', '/my-app/./a.jpg?token=x']) {
      const reply = await askHost(proxy, target);
      expect(reply.status, target).toBe(404);
      expect(reply.headers['x-aura-error'], target).toMatch(/not_found/);
    }
  });

  it('passes the server’s refusals of uploads on', async () => {
    const forged = await uploadRequest('no.token', new Uint8Array(refused));
    expectError(await askHost(proxy, '/v1/upload', forged), 401, 'upload_token_invalid');
    const token = await servers[0].aura.signUpload({ maxSize: 100_000 });
    const larger = await uploadRequest(token, new Uint8Array(200_000));
    expectError(await askHost(proxy, '/v1/upload', larger), 413, 'body_too_large');
  });

  it('refuses large bodies elsewhere, and requests for /metrics', async () => {
    const body = new Uint8Array(2 * 1024 * 1024);
    const reply = await askHost(proxy, '/v1/auth/sign-in', { method: 'POST', body });
    expect(reply.status).toBe(413);
    expect((await askHost(proxy, '/metrics')).status).toBe(404);
  });

  it('keeps serving while a server shuts down', async () => {
    const url = targetOf((json(await upload('public')) as Uploaded).url);
    let ended = false;
    const statuses: number[] = [];
    const read = async () => {
      for (let more = 5; more > 0; more -= ended ? 1 : 0) {
        statuses.push((await askHost(proxy, `${url}?n=${statuses.length}`)).status);
        await sleep(PAUSE_MS);
      }
    };
    const readers = [read(), read(), read()];
    await servers[1].stop();
    ended = true;
    await Promise.all(readers);
    expect(statuses.filter((status) => status !== 200)).toEqual([]);
  });

  it('sets the client’s address itself: clients cannot evade a limit', async () => {
    const statuses: number[] = [];
    for (let n = 0; n <= UPLOADS_A_MINUTE; n++) {
      const headers = { 'X-Forwarded-For': `203.0.113.${n}`, Forwarded: `for=203.0.113.${n}` };
      statuses.push((await upload('public', headers)).status);
    }
    expect(statuses.at(-1)).toBe(429);
  });

  it('logs no token', async () => {
    const log = await logOf(proxy);
    expect(log).toContain('/my-app/');
    expect(log).not.toMatch(/token=(?!REDACTED)|eyJ/);
  });
});

describe.each(FRONTS)('$name, with servers that close connections', ({ start, logOf }) => {
  let fickle: readonly [FickleServer, FickleServer];
  let proxy: Daemon;

  const requests = () => fickle.flatMap((server) => server.requests);
  const open = async (...hangUp: readonly [boolean, boolean]) => {
    fickle = [await startFickleServer(hangUp[0]), await startFickleServer(hangUp[1])];
    proxy = await start([fickle[0].port, fickle[1].port]);
  };
  const close = async () => {
    await proxy.stop();
    for (const server of fickle) server.stop();
  };

  it('sends an upload once', async () => {
    await open(true, true);
    try {
      const ask = await uploadRequest('eyJx.eyJx', new Uint8Array(300_000));
      const target = '/v1/upload?token=eyJx';
      const reply = await askHost(proxy, target, ask);
      expect([502, 503]).toContain(reply.status);
      expect(requests()).toEqual([`POST ${target}`]);
      expect(await logOf(proxy)).not.toMatch(/eyJ/);
    } finally {
      await close();
    }
  });

  it('removes a client’s forwarding and trace headers', async () => {
    await open(false, false);
    try {
      const headers = {
        'X-Forwarded-For': '203.0.113.9',
        Traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
        Tracestate: 'its=own',
      };
      for (const target of ['/my-app/a.jpg', '/my-app/a.jpg?token=eyJx', '/v1/projects']) {
        expect((await askHost(proxy, target, { headers })).status).toBe(200);
      }
      const seen = fickle.flatMap((server) => server.headers);
      expect(seen).toHaveLength(3);
      for (const fields of seen) {
        expect(fields).toMatchObject({ host: HOST, 'x-forwarded-for': '127.0.0.1' });
        expect(Object.keys(fields)).not.toEqual(
          expect.arrayContaining([expect.stringMatching(/^trace/)]),
        );
      }
    } finally {
      await close();
    }
  });

  it('retries a read with the next server', async () => {
    await open(true, false);
    try {
      for (const n of [1, 2, 3]) {
        const target = `/my-app/a%2Db.jpg?n=${n}`;
        const { status, body } = await askHost(proxy, target);
        expect([status, body.toString()]).toEqual([200, 'here']);
        expect(requests()).toContain(`GET ${target}`);
      }
    } finally {
      await close();
    }
  });
});

describe.each(FRONTS.filter(({ name }) => name !== 'Caddy'))(
  '$name without a server',
  ({ start }) => {
    it('responds with an error that programs and browsers can read', async () => {
      const proxy = await start([await freePort(), await freePort()]);
      try {
        for (const target of ['/my-app/a.jpg', '/my-app/a.jpg?token=eyJx', '/v1/projects']) {
          const { status, headers, body } = await askHost(proxy, target);
          expect([status, JSON.parse(body.toString())], target).toEqual([
            503,
            { message: 'No server can be reached at the moment' },
          ]);
          expect(headers, target).toMatchObject({
            'retry-after': '5',
            'cache-control': 'no-store',
            'access-control-allow-origin': '*',
          });
        }
      } finally {
        await proxy.stop();
      }
    });
  },
);

describe('Caddyfile', () => {
  it('is valid', async () => {
    const caddy = commandOf('caddy', 'caddy');
    const HOME = await temporaryFolder();
    const args = ['validate', '--config', join(DEPLOY, 'caddy/Caddyfile')];
    execFileSync(caddy, args, { env: { HOME }, stdio: 'pipe' });
  });
});
