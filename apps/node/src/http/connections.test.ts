import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { boundConnections, type CloseReason } from './connections.js';

const REQUEST = 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n';

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

/** A server that answers requests except those for `/held`, and clients at addresses of this machine. */
async function start(maxConnections: number, trustedProxies: readonly string[] = []) {
  const closed: CloseReason[] = [];
  const held: ServerResponse[] = [];
  const server: Server = createServer(({ url }, response) => {
    if (url === '/held') held.push(response);
    else response.end('ok');
  });
  boundConnections(server, { maxConnections, trustedProxies }, (reason) => closed.push(reason));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  ends.push(() => {
    server.closeAllConnections();
    server.close();
  });

  async function open(localAddress: string, text = ''): Promise<Socket> {
    const socket = connect({ port, host: '127.0.0.1', localAddress });
    socket.on('error', () => {});
    ends.push(() => socket.destroy());
    await once(socket, 'connect');
    if (text !== '') socket.write(text);
    return socket;
  }

  return {
    server,
    closed,
    held,
    open,
    async openMany(count: number, localAddress: string, text = '') {
      const sockets: Socket[] = [];
      for (let n = 0; n < count; n++) sockets.push(await open(localAddress, text));
      return sockets;
    },
    /** Whether a new connection from the address is answered. */
    async isAnswered(localAddress: string) {
      const socket = await open(localAddress, REQUEST);
      return isAnswered(socket);
    },
    count: () => new Promise<number>((resolve) => server.getConnections((_, n) => resolve(n))),
  };
}

/** Whether something arrives on the socket before it is closed. */
async function isAnswered(socket: Socket): Promise<boolean> {
  if (socket.closed) return false;
  return Promise.race([
    once(socket, 'data').then(() => true),
    once(socket, 'close').then(() => false),
  ]);
}

const isClosed = (socket: Socket) => socket.readableEnded || socket.closed;

/** Lets sockets notice that they are closed. */
const watch = (sockets: readonly Socket[]) => {
  for (const socket of sockets) socket.resume();
};

describe('connections of one client', () => {
  it('are a quarter of all at most: its oldest silent ones are closed for its new ones', async () => {
    const { openMany, closed, count } = await start(200);
    const sockets = await openMany(60, '127.0.0.2');
    watch(sockets);
    await expect.poll(() => closed).toEqual(Array(10).fill('idle'));
    await expect.poll(count).toBe(50);
    await expect
      .poll(() => sockets.map(isClosed))
      .toEqual([...Array(10).fill(true), ...Array(50).fill(false)]);
  });

  it('are refused beyond that while all have a request', async () => {
    const { openMany, isAnswered, closed, held } = await start(200);
    await openMany(50, '127.0.0.2', REQUEST.replace('/ ', '/held '));
    await expect.poll(() => held.length).toBe(50);
    expect(await isAnswered('127.0.0.2')).toBe(false);
    expect(closed).toEqual(['client_limit']);
    expect(await isAnswered('127.0.0.3')).toBe(true);
    held[0]?.end('done');
    await expect.poll(() => isAnswered('127.0.0.2')).toBe(true);
  });

  it('are not bounded for a trusted proxy, nor closed for others', async () => {
    const { openMany, isAnswered, closed } = await start(100, ['127.0.0.9']);
    const proxied = await openMany(100, '127.0.0.9');
    watch(proxied);
    expect(await isAnswered('127.0.0.2')).toBe(false);
    expect(closed).toEqual(['server_limit']);
    expect(proxied.filter(isClosed)).toEqual([]);
  });
});

describe('connections of a full server', () => {
  it('are closed for a new client: the oldest idle one of the client with the most', async () => {
    const { open, openMany, isAnswered, closed, count } = await start(128);
    const few = await openMany(31, '127.0.0.2');
    const most = await openMany(32, '127.0.0.3');
    await openMany(31, '127.0.0.4');
    const kept = await open('127.0.0.5', REQUEST);
    await once(kept, 'data');
    await openMany(30, '127.0.0.5', 'GET / HTTP/1.1\r\nHost: half');
    await openMany(3, '127.0.0.7');
    await expect.poll(count).toBe(128);
    watch([...few, ...most, kept]);
    expect(await isAnswered('127.0.0.6')).toBe(true);
    expect(closed).toEqual(['idle']);
    await expect
      .poll(() => [...few, ...most, kept].map(isClosed))
      .toEqual([...Array(31).fill(false), true, ...Array(32).fill(false)]);
  });

  it('that all have a request stay, and the new one is closed', async () => {
    const { openMany, isAnswered, closed, held, count } = await start(4);
    for (const n of [2, 3, 4, 5]) {
      await openMany(1, `127.0.0.${n}`, REQUEST.replace('/ ', '/held '));
    }
    await expect.poll(() => held.length).toBe(4);
    expect(await isAnswered('127.0.0.6')).toBe(false);
    expect(closed).toEqual(['server_limit']);
    await expect.poll(count).toBe(4);
  });
});
