import { once } from 'node:events';
import type { Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { createRouter, defineRoute, everyone, z } from '@auraimage/http';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
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

it('closes the connection of a JSON body that never comes, however long an upload may take', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  const limits = { idleSeconds: 30, uploadSeconds: 3600, maxConnections: 10, trustedProxies: [] };
  const server = createHttpServer(limits, () => {});
  const echo = defineRoute({
    method: 'POST',
    path: '/v1/echo',
    hosts: ['app'],
    access: everyone,
    body: z.object({}),
    success: { status: 204, description: 'Nothing' },
    handler: () => undefined,
  });
  const application: Application = {
    edge: { read: () => Promise.reject(new Error('no image was asked for')) },
    router: createRouter([echo]),
    observer: { watch: () => undefined, step: undefined } as unknown as Application['observer'],
    addresses: { cdnUrl: 'http://x', appUrl: 'http://x', split: false },
  };
  const unset = { publicUrl: undefined, cdnUrl: undefined, appUrl: undefined };
  attachApplication(server, application, {
    ...limits,
    ...unset,
    accelRedirect: undefined,
    metricsToken: undefined,
    dataDir: '/nowhere',
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => void server.close().closeAllConnections());
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
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
