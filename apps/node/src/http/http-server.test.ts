import { once } from 'node:events';
import type { Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { createRouter, defineRoute, everyone, z } from '@auraimage/http';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Observer } from '../telemetry/request-observer.js';
import { type Application, attachApplication, createHttpServer } from './http-server.js';

describe('a connection whose request is refused', () => {
  let server: Server;
  let client: Socket;
  beforeEach(async () => {
    server = createHttpServer(
      { idleSeconds: 1, uploadSeconds: 1, maxConnections: 10, trustedProxies: [] },
      () => {},
    );
    await once(server.listen(0, '127.0.0.1'), 'listening');
    // Does not close its side when the server has closed its own.
    client = connect({
      port: (server.address() as AddressInfo).port,
      host: '127.0.0.1',
      allowHalfOpen: true,
    });
    client.on('error', () => {});
    await once(client, 'connect');
  });
  afterEach(async () => {
    client.destroy();
    server.closeAllConnections();
    await once(server.close(), 'close');
  });

  const open = () =>
    new Promise<number>((resolve, reject) =>
      server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
    );

  it.each([
    ['is malformed', 'nonsense\r\n\r\n', /^HTTP\/1\.1 400 /],
    ['never gets complete', 'GET / HTTP/1.1\r\nHost: x\r\n', /^HTTP\/1\.1 408 /],
  ])('is closed although the client keeps it open: %s', async (_what, text, answer) => {
    let received = '';
    client.on('data', (chunk) => {
      received += chunk;
    });
    client.write(text);
    await once(client, 'end');
    expect(received).toMatch(answer);
    await expect.poll(open, { timeout: 5000 }).toBe(0);
  });
});

const limits = { idleSeconds: 30, uploadSeconds: 3600, maxConnections: 10, trustedProxies: [] };

/** Starts a server with an application of which a test needs only a part. */
async function startServer({
  edge = { read: () => Promise.reject(new Error('no image was asked for')) },
  router = createRouter([]),
  watch = () => undefined,
}: Partial<Pick<Application, 'edge' | 'router'> & Pick<Observer, 'watch'>>): Promise<number> {
  const server = createHttpServer(limits, () => {});
  const application: Application = {
    edge,
    router,
    observer: { watch, step: undefined } as unknown as Observer,
    addresses: { cdnUrl: 'http://x', appUrl: 'http://x', split: false },
  };
  attachApplication(server, application, {
    ...limits,
    publicUrl: undefined,
    cdnUrl: undefined,
    appUrl: undefined,
    accelRedirect: undefined,
    metricsToken: undefined,
    dataDir: '/nowhere',
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => void server.close().closeAllConnections());
  return (server.address() as AddressInfo).port;
}

it.each(['throws', 'rejects', 'has a header that cannot be sent'])(
  'answers the reads that arrive together with one that %s, and logs its failure',
  async (problem) => {
    const failures: unknown[] = [];
    const read: Application['edge']['read'] = (_request, { candidates }) => {
      const answer = (headers: Record<string, string>) => ({ status: 200, headers, body: 'ok' });
      if (candidates[0]?.key !== 'second') return answer({});
      if (problem === 'throws') throw new Error('a mistake');
      if (problem === 'rejects') return Promise.reject(new Error('a mistake'));
      return answer({ 'X-A': 'a\nb' });
    };
    const port = await startServer({
      edge: { read },
      watch({ outgoing }, { facts }) {
        outgoing.on('close', () => failures.push(facts.failure));
        return undefined;
      },
    });
    const clients = ['first', 'second', 'third'].map((key) => {
      const client = connect(port, '127.0.0.1');
      const ask = () =>
        client.write(`GET /my-app/${key} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
      return { connected: once(client, 'connect'), ask, answered: text(client) };
    });
    await Promise.all(clients.map(({ connected }) => connected));
    for (const { ask } of clients) ask();
    const answers = await Promise.all(clients.map(({ answered }) => answered));
    expect(answers).toEqual([
      expect.stringMatching(/^HTTP\/1\.1 200 [\s\S]*ok$/),
      '',
      expect.stringMatching(/^HTTP\/1\.1 200 [\s\S]*ok$/),
    ]);
    await expect.poll(() => failures).toHaveLength(3);
    expect(failures.filter((failure) => failure !== undefined)).toEqual([expect.any(Error)]);
  },
);

it('closes the connection of a JSON body that never comes, however long an upload may take', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  const echo = defineRoute({
    method: 'POST',
    path: '/v1/echo',
    hosts: ['app'],
    access: everyone,
    body: z.object({}),
    success: { status: 204, description: 'Nothing' },
    handler: () => undefined,
  });
  const port = await startServer({ router: createRouter([echo]) });
  const client = connect(port, '127.0.0.1');
  const closed = once(client, 'close');
  let received = '';
  client.on('data', (chunk) => {
    received += chunk;
  });
  const waits = () => expect.poll(() => vi.getTimerCount()).toBeGreaterThan(0);
  client.write(
    'POST /v1/echo HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n',
  );
  await waits();
  await vi.advanceTimersByTimeAsync(30_000);
  await expect.poll(() => received).toMatch(/^HTTP\/1\.1 408 [\s\S]*body_timeout/);
  await waits();
  await vi.advanceTimersByTimeAsync(5000);
  await closed;
});

it.each(['Content-Length: 2', 'Transfer-Encoding: chunked'])(
  'closes the connection of a GET whose body never comes, after its response: %s',
  async (header) => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const client = connect(await startServer({}), '127.0.0.1');
    const closed = once(client, 'close');
    const answered = once(client, 'data');
    client.write(`GET /my-app/photo HTTP/1.1\r\nHost: x\r\n${header}\r\n\r\n`);
    expect(String(await answered)).toMatch(/^HTTP\/1\.1 404 /);
    await expect.poll(() => vi.getTimerCount()).toBeGreaterThan(0);
    await vi.advanceTimersByTimeAsync(5000);
    await closed;
  },
);
