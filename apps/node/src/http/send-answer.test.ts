import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileBody, type ObjectBody, type OpenFile } from '@auraimage/ports';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { sendAnswer } from './send-answer.js';

const LARGE = 10_000_000;

describe('sendAnswer', () => {
  const server = createServer();
  beforeEach(async () => {
    await once(server.listen(0, '127.0.0.1'), 'listening');
  });
  afterEach(async () => {
    server.closeAllConnections();
    await once(server.close(), 'close');
  });

  interface Outcome {
    readonly failures: unknown[];
    readonly closed: number;
    /** Resolves when the response was sent or the client has disconnected. */
    readonly ended: Promise<unknown>;
    readonly outgoing: ServerResponse;
  }

  /** Answers the next request with a file. */
  const serve = (length: number, read: OpenFile['read']): Promise<Outcome> => {
    let closed = 0;
    const open = () => ({ read, close: () => void closed++ });
    const body = fileBody({ path: '/nowhere', start: 0, length, open });
    return serveBody(body, () => closed);
  };

  const serveBody = (
    body: ObjectBody,
    closedOf = () => 0,
    more: Record<string, string> = {},
  ): Promise<Outcome> =>
    new Promise((resolve) => {
      server.once('request', (_incoming, outgoing) => {
        const failures: unknown[] = [];
        const headers = {
          'Cache-Control': 'public',
          'Content-Length': String(body.length),
          ...more,
        };
        const ended = once(outgoing, 'close');
        resolve({
          failures,
          get closed() {
            return closedOf();
          },
          ended,
          outgoing,
        });
        void sendAnswer(
          outgoing,
          { status: 200, headers, body },
          {
            onFailure: (error) => failures.push(error),
            onUnreadable(error) {
              failures.push(error);
              return {
                status: 503,
                headers: { 'Cache-Control': 'no-store' },
                body: '{"message":"x"}',
              };
            },
          },
        );
      });
    });
  const url = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const byteAt = (position: number) => (position >> 3) % 251;
  const patternAt = (target: Uint8Array, position: number) => {
    for (let at = 0; at < target.length; at++) target[at] = byteAt(position + at);
  };

  it.each(['at once', 'later'])(
    'sends every byte of a large file that is read %s',
    async (when) => {
      const length = 2_560_000;
      const serving = serve(length, (target, position) => {
        if (when === 'later') return sleep(1).then(() => patternAt(target, position));
        patternAt(target, position);
        return undefined;
      });
      const received = new Uint8Array(await (await fetch(url())).arrayBuffer());
      expect(received).toHaveLength(length);
      const wrong = received.findIndex((byte, at) => byte !== byteAt(at));
      expect(wrong).toBe(-1);
      const { ended, closed, failures } = await serving;
      await ended;
      expect([closed, failures]).toEqual([1, []]);
    },
  );

  it.each([
    ['small', 7],
    ['large', LARGE],
  ])(
    'answers with what stands for the failure when a %s file cannot be read',
    async (_, length) => {
      const failure = new Error('EIO: i/o error, read');
      const serving = serve(length, () => {
        throw failure;
      });
      const response = await fetch(url());
      expect(response.status).toBe(503);
      expect(response.headers.get('cache-control')).toBe('no-store');
      expect(await response.json()).toEqual({ message: 'x' });
      expect((await serving).failures).toEqual([failure]);
      expect((await serving).closed).toBe(1);
    },
  );

  it.each([
    ['small', 262_144],
    ['large', LARGE],
  ])('gives back the memory of a %s file whose headers Node refuses', async (_, length) => {
    const read: number[] = [];
    const open = () => ({
      read: (target: Uint8Array) => void read.push(target.length),
      close() {},
    });
    const body = fileBody({ path: '/nowhere', start: 0, length, open });
    // 8 MB are lent in buffers of 256 KB; after these, buffers are smaller.
    for (let n = 0; n <= 32; n++) {
      const serving = serveBody(body, undefined, { 'X-Refused': 'a\nb' });
      expect((await fetch(url())).status).toBe(503);
      expect((await serving).failures).toMatchObject([{ code: 'ERR_INVALID_CHAR' }]);
    }
    expect(read).toEqual(read.map(() => 262_144));
    expect(read).toHaveLength(33);
  });

  it('ends the connection when a file cannot be read to its end', async () => {
    const failure = new Error('EIO: i/o error, read');
    const serving = serve(LARGE, (_target, position) => {
      if (position > 5_000_000) throw failure;
      return undefined;
    });
    const response = await fetch(url());
    expect(response.status).toBe(200);
    await expect(response.arrayBuffer()).rejects.toThrow();
    const { failures, closed, ended } = await serving;
    await ended;
    expect([failures, closed]).toEqual([[failure], 1]);
  });

  describe('chunks of a store elsewhere', () => {
    /** As many chunks of 64 KB as are given, and then a failure. */
    const failing = (count: number): ObjectBody => ({
      length: LARGE,
      async *chunks() {
        for (let chunk = 0; chunk < count; chunk++) yield new Uint8Array(65_536);
        throw new Error('the bucket is away');
      },
      stream: () => new Blob([]).stream(),
    });

    it('are replaced by a failure response while none has come', async () => {
      const serving = serveBody(failing(0));
      expect((await fetch(url())).status).toBe(503);
      expect((await serving).failures).toEqual([new Error('the bucket is away')]);
    });

    it('end with the connection if they fail later', async () => {
      const serving = serveBody(failing(3));
      const response = await fetch(url());
      expect(response.status).toBe(200);
      await expect(response.arrayBuffer()).rejects.toThrow();
      expect((await serving).failures).toEqual([new Error('the bucket is away')]);
    });

    it('are not asked for faster than the client reads', async () => {
      let given = 0;
      const serving = serveBody({
        length: 100 * LARGE,
        async *chunks() {
          for (; ; given++) yield new Uint8Array(65_536);
        },
        stream: () => new Blob([]).stream(),
      });
      const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
      client.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
      const { ended } = await serving;
      let before: number;
      do {
        before = given;
        await sleep(100);
      } while (given > before || given === 0);
      expect(given * 65_536).toBeLessThan(2 * LARGE);
      client.destroy();
      await ended;
    });
  });

  it('closes the file when the client disconnects, and calls that no failure', async () => {
    const serving = serve(100 * LARGE, () => undefined);
    const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
    client.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    await once(client, 'readable');
    client.destroy();
    const outcome = await serving;
    await outcome.ended;
    await vi.waitFor(() => expect(outcome.closed).toBe(1));
    expect(outcome.failures).toEqual([]);
  });

  it('reads no further than the client does', async () => {
    let read = 0;
    const serving = serve(100 * LARGE, (target) => {
      read += target.length;
      return undefined;
    });
    const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
    client.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    const { outgoing } = await serving;
    let before: number;
    do {
      before = read;
      await sleep(100);
    } while (read > before || read === 0);
    expect(read).toBeLessThan(2 * LARGE);
    expect(outgoing.writableLength).toBeLessThanOrEqual(300_000);
    client.destroy();
  });
});
