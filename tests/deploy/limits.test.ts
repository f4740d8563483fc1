import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { Daemon } from '../harness/daemon.js';
import { askHost } from './support/named.js';
import { HOST, startShippedNginx } from './support/shipped.js';

/** More than a page has: 128 of them at once, the most that nginx allows on a connection. */
const IMAGES = 300;

let ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.reverse()) await end();
  ends = [];
});

/** A server that answers once it is released. */
async function startServer() {
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  let waiting = 0;
  const server = createServer(async (_, outgoing) => {
    waiting++;
    await released;
    outgoing.end('here');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  ends.push(
    () => server.closeAllConnections(),
    () => server.close(),
    release,
  );
  return { port: (server.address() as AddressInfo).port, release, waiting: () => waiting };
}

/** As a browser does, with one connection: the statuses of that many requests at once. */
async function loadPage(proxy: Daemon): Promise<number[]> {
  const session = connect(proxy.url, { rejectUnauthorized: false, servername: HOST });
  ends.push(() => session.destroy());
  const one = async (n: number) => {
    const stream = session.request({ ':path': `/my-app/${n}.jpg?w=400`, ':authority': HOST });
    const [headers] = await once(stream, 'response');
    stream.resume();
    await once(stream, 'end');
    return Number(headers[':status']);
  };
  return Promise.all(Array.from({ length: IMAGES }, (_, n) => one(n)));
}

const REFUSED = [429, { message: 'Too many requests from this address' }];

describe.each(['aura.conf', 'aura-cached.conf'] as const)('the limits of %s', (name) => {
  const open = async (changes: Parameters<typeof startShippedNginx>[2] = []) => {
    const server = await startServer();
    const proxy = await startShippedNginx(name, [server.port, server.port], changes);
    ends.push(() => proxy.stop());
    return { ...server, proxy };
  };
  const read = async (proxy: Daemon, target: string) => {
    const { status, headers, body } = await askHost(proxy, target);
    if (status === 429) {
      expect(headers).toMatchObject({
        'retry-after': '1',
        'cache-control': 'no-store',
        'access-control-allow-origin': '*',
      });
    }
    return [status, status === 429 ? JSON.parse(body.toString()) : body.toString()];
  };

  it('let a page with hundreds of images through, several times', async () => {
    const { proxy, release } = await open();
    release();
    const statuses = await Promise.all([loadPage(proxy), loadPage(proxy)]);
    expect(new Set(statuses.flat())).toEqual(new Set([200]));
  });

  it('refuse a client that asks too often', async () => {
    const { proxy, release } = await open([
      ['rate=200r/s', 'rate=1r/m'],
      ['burst=600', 'burst=3'],
    ]);
    release();
    for (const target of [
      '/my-app/a.jpg',
      '/my-app/a.jpg?token=x',
      '/v1/projects',
      '/my-app/b.jpg?w=1',
    ]) {
      expect(await read(proxy, target), target).toEqual([200, 'here']);
    }
    for (const target of ['/my-app/a.jpg', '/my-app/a.jpg?token=x', '/v1/projects']) {
      expect(await read(proxy, target), target).toEqual(REFUSED);
    }
  });

  it('refuse a client with too many requests at once, and uploads on their own', async () => {
    const { proxy, release, waiting } = await open([
      ['aura_connections 512', 'aura_connections 2'],
      ['aura_uploads 64', 'aura_uploads 1'],
    ]);
    const upload = () => askHost(proxy, '/v1/upload', { method: 'POST', body: new Uint8Array(10) });
    const slow = [read(proxy, '/my-app/a.jpg'), read(proxy, '/my-app/b.jpg?token=x'), upload()];
    while (waiting() < slow.length) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(await read(proxy, '/my-app/c.jpg')).toEqual(REFUSED);
    expect((await upload()).status).toBe(429);
    release();
    await Promise.all(slow);
    expect(await read(proxy, '/my-app/c.jpg')).toEqual([200, 'here']);
  });
});
