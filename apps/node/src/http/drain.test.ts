import { once } from 'node:events';
import { createServer, request, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { drain } from './drain.js';

describe('drain', () => {
  let server: Server;
  let port: number;
  let inFlight: () => number;
  const answers: (() => void)[] = [];
  const sockets: Socket[] = [];

  beforeEach(async () => {
    let unanswered = 0;
    inFlight = () => unanswered;
    server = createServer((_, response) => {
      unanswered++;
      response.once('close', () => unanswered--);
      answers.push(() => response.end('done'));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    port = (server.address() as AddressInfo).port;
  });
  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.destroy();
    answers.length = 0;
    server.closeAllConnections();
    server.close();
  });

  const open = async () => {
    const socket = connect(port, '127.0.0.1');
    sockets.push(socket);
    socket.on('error', () => {});
    await once(socket, 'connect');
    return socket;
  };

  /** A request that the server has begun, and its answer. */
  const begin = async () => {
    const sent = request({ port, host: '127.0.0.1', agent: false });
    const arrived = once(server, 'request');
    const answered = new Promise<string>((resolve, reject) => {
      sent.once('response', (response) => text(response).then(resolve, reject));
      sent.once('error', reject);
    });
    answered.catch(() => {});
    sent.end();
    await arrived;
    return { answered };
  };

  it('ends at once if nobody is connected', async () => {
    expect(await drain(server, inFlight, 10_000)).toBe(true);
  });

  it('lets requests in flight end, and accepts no new connections', async () => {
    const { answered } = await begin();
    const drained = drain(server, inFlight, 10_000);
    await expect(open()).rejects.toThrow('ECONNREFUSED');
    answers[0]?.();
    expect(await answered).toBe('done');
    expect(await drained).toBe(true);
  });

  it('closes requests that do not end in time, and reports it', async () => {
    const { answered } = await begin();
    expect(await drain(server, inFlight, 100)).toBe(false);
    expect(inFlight()).toBe(0);
    await expect(answered).rejects.toThrow('socket hang up');
  });

  it('does not wait forever for an idle connection', async () => {
    const idle = await open();
    const closed = once(idle, 'close');
    idle.resume();
    expect(await drain(server, inFlight, 60_000)).toBe(true);
    await closed;
  });

  it('answers on keep-alive connections for a moment more', async () => {
    const kept = await open();
    const drained = drain(server, inFlight, 60_000);
    const arrived = once(server, 'request');
    kept.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    await arrived;
    answers[0]?.();
    expect(await text(kept)).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(await drained).toBe(true);
  });
});
