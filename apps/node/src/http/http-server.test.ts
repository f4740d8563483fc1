import { once } from 'node:events';
import type { Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createHttpServer } from './http-server.js';

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
