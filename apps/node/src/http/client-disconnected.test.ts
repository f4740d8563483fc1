import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createIsDisconnected } from './request-scope.js';

const server = createServer();
let client: Socket;
let isDisconnected: () => Promise<boolean>;

beforeEach(async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const asked = once(server, 'request');
  client.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  const [incoming, outgoing] = (await asked) as [IncomingMessage, ServerResponse];
  isDisconnected = createIsDisconnected({ incoming, outgoing });
});

afterEach(async () => {
  client.destroy();
  server.closeAllConnections();
  await once(server.close(), 'close');
});

describe('createIsDisconnected', () => {
  it('is false while the client waits for its response', async () => {
    for (let look = 0; look < 5; look++) expect(await isDisconnected()).toBe(false);
  });

  it('gives up after a few attempts while the process is busy', async () => {
    let busy = true;
    const work = () => {
      for (const until = performance.now() + 120; performance.now() < until; );
      if (busy) setImmediate(work);
    };
    setImmediate(work);
    expect(await isDisconnected()).toBe(false);
    busy = false;
  });

  it.each(['end', 'destroy', 'resetAndDestroy'] as const)(
    'has left when it closed the connection: %s',
    async (how) => {
      const closed = once(client, how === 'end' ? 'finish' : 'close');
      client[how]();
      await closed;
      expect(await isDisconnected()).toBe(true);
    },
  );
});
