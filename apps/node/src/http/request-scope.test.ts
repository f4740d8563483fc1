import { once } from 'node:events';
import { createServer, IncomingMessage, request, type ServerResponse } from 'node:http';
import { type AddressInfo, Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createClientOf, ReadRequest, requestScope } from './request-scope.js';

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
    return { client, outgoing, read: new ReadRequest(incoming, outgoing, 'GET', '/'), leave };
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

/** A Node request from a peer. */
function from(peer: string | undefined, forwarded?: string): IncomingMessage {
  const socket = new Socket();
  Object.defineProperty(socket, 'remoteAddress', { value: peer });
  const incoming = new IncomingMessage(socket);
  if (forwarded !== undefined) incoming.headers['x-forwarded-for'] = forwarded;
  return incoming;
}

describe('createClientOf', () => {
  it.each([
    [[], '198.51.100.1', '203.0.113.7', '198.51.100.1'],
    [['127.0.0.1'], '127.0.0.1', '203.0.113.7', '203.0.113.7'],
    [['127.0.0.1'], '::ffff:127.0.0.1', '203.0.113.7', '203.0.113.7'],
    [['127.0.0.1'], '127.0.0.1', undefined, '127.0.0.1'],
    // Who is no proxy is believed nothing.
    [['127.0.0.1'], '198.51.100.1', '203.0.113.7', '198.51.100.1'],
    // What the client sent itself stands before what the proxy saw.
    [['127.0.0.1'], '127.0.0.1', '127.0.0.1, 192.0.2.9, 203.0.113.7', '203.0.113.7'],
    [['127.0.0.1', '10.0.0.0/8'], '127.0.0.1', '192.0.2.9, 203.0.113.7, 10.1.2.3', '203.0.113.7'],
    [['loopback'], '::1', '2001:db8::7', '2001:db8::7'],
    // No address: the proxy stands for its client.
    [['127.0.0.1'], '127.0.0.1', '203.0.113.7:4711', '127.0.0.1'],
    [['127.0.0.1'], '127.0.0.1', 'a\u0000b', '127.0.0.1'],
    [['127.0.0.1'], '127.0.0.1', '', '127.0.0.1'],
    [['127.0.0.1'], undefined, '203.0.113.7', 'unknown'],
    [[], undefined, undefined, 'unknown'],
  ])('with proxies %j: %s, forwarded for %j, is %s', (proxies, peer, forwarded, client) => {
    expect(createClientOf(proxies)(from(peer, forwarded))).toBe(client);
  });
});

describe('the id of a request', () => {
  it('does not tell how many there were', () => {
    const bindings = {} as Parameters<typeof requestScope>[0];
    const ids = Array.from({ length: 50 }, () => requestScope(bindings, () => '').requestId);
    expect(new Set(ids).size).toBe(ids.length);
    expect(new Set(ids.map(({ length }) => length)).size).toBe(1);
    expect(ids.toSorted()).not.toEqual(ids);
  });
});
