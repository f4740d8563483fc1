import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readOf } from './request-scope.js';

describe('the signal of a read', () => {
  const server = createServer();
  beforeEach(async () => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterEach(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });

  /** A request that the server has heard of and not answered. */
  const arrive = async () => {
    const { port } = server.address() as AddressInfo;
    const client = request({ port, host: '127.0.0.1', agent: false });
    client.on('error', () => {}); // it is ended below
    client.end();
    const [incoming, outgoing]: [IncomingMessage, ServerResponse] = (await once(
      server,
      'request',
    )) as [IncomingMessage, ServerResponse];
    const leave = async () => {
      client.destroy();
      await once(outgoing, 'close');
    };
    return { client, outgoing, read: readOf(incoming, outgoing, 'GET', '/'), leave };
  };

  it('aborts when the client disconnects', async () => {
    const { read, leave } = await arrive();
    const { signal } = read;
    expect(signal.aborted).toBe(false);
    await leave();
    expect(signal.aborted).toBe(true);
  });

  it('is aborted if it is first read after the client disconnected', async () => {
    const { read, leave } = await arrive();
    await leave();
    expect(read.signal.aborted).toBe(true);
  });

  it('does not abort after the response was sent', async () => {
    const { client, outgoing, read } = await arrive();
    const { signal } = read;
    outgoing.end('done');
    await Promise.all([once(outgoing, 'close'), once(client, 'response')]);
    expect(signal.aborted).toBe(false);
    expect(read.signal.aborted).toBe(false);
  });
});
