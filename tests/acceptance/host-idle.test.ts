import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drawing } from '../files/pictures.js';
import type { TestServer } from '../harness/server.js';
import {
  inFlight,
  METRICS_TOKEN,
  openImages,
  openUnread,
  requestText,
} from './support/host-server.js';
import { ask } from './support/serve-request.js';
import { childrenOf } from './support/transform-processes.js';
import { addShot, openStudio, type Shot } from './support/transform-studio.js';
import { filePart, form, uploadHead } from './support/upload-form.js';
import { openRaw } from './support/upload-raw.js';

const IDLE_MS = 1000;

let server: TestServer;
/** Far more than the buffers of a connection. */
let file: Buffer;
let large: Shot;

beforeAll(async () => {
  server = await openStudio({
    env: {
      AURA_METRICS_TOKEN: METRICS_TOKEN,
      AURA_IMAGE_JOBS: '1',
    },
    bounds: { idleSeconds: IDLE_MS / 1000, maxConnections: 200 },
  });
  file = await drawing(2500, 2000).png({ compressionLevel: 0 }).toBuffer();
  large = await addShot(server, file, 'public');
});

afterAll(() => server?.kill());

describe('the time in which a client may do nothing', () => {
  it('ends a response that the client does not read', async () => {
    const socket = openUnread(server.url);
    socket.write(requestText(large.bare));
    await once(socket, 'readable');
    await expect.poll(() => inFlight(server), { timeout: 20_000 }).toBe(0);
    expect(await openImages(server)).toBeLessThanOrEqual(1); // kept for the next read
    let heard = 0;
    socket.on('data', ({ length }) => {
      heard += length;
    });
    await once(socket, 'close');
    expect(heard).toBeLessThan(file.length);
  });

  it('does not end a response that is read slowly', async () => {
    const socket = openUnread(server.url);
    socket.write(requestText(large.bare, 'GET', 'Connection: close'));
    const chunks: Buffer[] = [];
    let read = 0;
    for await (const chunk of socket) {
      chunks.push(chunk);
      // About ten pauses, together several times as long as the timeout.
      if (Math.floor((read + chunk.length) / 1.5e6) > Math.floor(read / 1.5e6)) {
        await sleep(IDLE_MS / 2);
      }
      read += chunk.length;
    }
    expect(Buffer.concat(chunks).subarray(-file.length).equals(file)).toBe(true);
  });

  it('does not end a request whose variant takes long', async () => {
    // The processes that make variants stop for a while.
    const children = await childrenOf(server.process.pid);
    for (const child of children) process.kill(child, 'SIGSTOP');
    let isAnswered = false;
    const asked = ask(large.of('w=20&fmt=webp')).finally(() => {
      isAnswered = true;
    });
    await sleep(IDLE_MS * 2);
    expect(isAnswered).toBe(false);
    for (const child of children) process.kill(child, 'SIGCONT');
    const { status, headers } = await asked;
    expect([status, headers['content-type']]).toEqual([200, 'image/webp']);
  });

  it('does not end a slow upload', async () => {
    const body = form(filePart(await drawing(64, 48).png().toBuffer()));
    const token = await server.aura.signUpload();
    const connection = openRaw(server.url);
    connection.send(uploadHead(token, { 'Content-Length': body.length }));
    for (let at = 0; at < 8; at++) {
      await sleep(IDLE_MS / 2);
      connection.send(body.subarray((at * body.length) / 8, ((at + 1) * body.length) / 8));
    }
    expect((await connection.answer).status).toBe(201);
    connection.cut();
  });
});

describe('silent connections', () => {
  it('of one client do not keep out others, nor its own requests', async () => {
    const sockets = Array.from({ length: 250 }, () => openUnread(server.url));
    await Promise.all(sockets.map((socket) => once(socket, 'connect')));
    const headers = { Authorization: `Bearer ${METRICS_TOKEN}` };
    const metrics = async () => {
      const { body } = await ask(`${server.url}/metrics`, { headers });
      return body.toString();
    };
    await expect.poll(metrics).toMatch(/^aura_connections_closed_total\{reason="idle"\} 2\d\d$/m);
    const open = /^aura_connections_open (\d+)$/m.exec(await metrics())?.[1];
    expect(Number(open)).toBeLessThanOrEqual(50);
    for (const socket of sockets) socket.destroy();
  });
});
