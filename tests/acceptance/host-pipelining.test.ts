import { once } from 'node:events';
import type { Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { drawing } from '../files/pictures.js';
import { startTestServer, type TestServer } from '../harness/server.js';
import { type Uploaded, upload } from '../harness/upload.js';
import {
  inFlight,
  METRICS_TOKEN,
  openImages,
  openUnread,
  requestText,
} from './support/host-server.js';
import { ask } from './support/serve-request.js';
import { filePart, form, uploadHead } from './support/upload-form.js';
import { openRaw } from './support/upload-raw.js';

const WAIT = { timeout: 20_000 };

let server: TestServer;
let large: Uploaded;
let signedUrl: string;
/** Images that the server keeps open for their next reader. */
let kept: number;
const sockets: Socket[] = [];

beforeAll(async () => {
  server = await startTestServer({
    env: {
      AURA_LOG_LEVEL: 'info',
      AURA_METRICS_TOKEN: METRICS_TOKEN,
    },
    bounds: { cacheMemoryBytes: 1, drainSeconds: 5 },
  });
  // Sent as a file. The connection buffers a large part of it before the client must read.
  large = await upload(
    server,
    await drawing(2000, 1500).png({ compressionLevel: 0 }).toBuffer(),
    'public',
  );
  const small = await upload(
    server,
    await drawing(300, 250).png({ compressionLevel: 0 }).toBuffer(),
    'private',
  );
  signedUrl = await server.aura.getSignedUrl(small.key);
  // The server keeps one descriptor of each file.
  await ask(signedUrl);
  await ask(large.url);
  kept = await openImages(server);
});

afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
});

afterAll(() => server?.kill());

/** Sends pipelined requests at once on a connection that reads nothing. */
async function sendUnread(text: string): Promise<Socket> {
  const socket = openUnread(server.url);
  sockets.push(socket);
  socket.write(text);
  await once(socket, 'readable');
  return socket;
}

/** Everything that a connection receives until the server closes it. */
async function hear(bytes: Buffer): Promise<string> {
  const socket = openUnread(server.url);
  sockets.push(socket);
  let heard = '';
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    heard += chunk;
  });
  socket.write(bytes);
  await once(socket, 'close');
  return heard;
}

describe('pipelined requests', () => {
  it('are answered one at a time, however the client reads', async () => {
    await sendUnread(requestText(large.url).repeat(20));
    expect(await inFlight(server)).toBe(1);
    expect(await openImages(server)).toBeLessThanOrEqual(kept);
  });

  it('leave nothing in storage when the client disconnects', async () => {
    const opened = await Promise.all([
      sendUnread(requestText(large.url).repeat(20)),
      sendUnread(requestText(signedUrl).repeat(20)),
      sendUnread(requestText(large.url) + requestText(signedUrl).repeat(19)),
    ]);
    for (const socket of opened) socket.resetAndDestroy();
    await expect.poll(() => inFlight(server), WAIT).toBe(0);
    await expect.poll(() => openImages(server), WAIT).toBeLessThanOrEqual(kept);
  });

  it('close only their own connection if there are too many', async () => {
    const flood = openUnread(server.url);
    sockets.push(flood);
    flood.write(requestText(large.url).repeat(1000));
    const closed = once(flood, 'close');
    flood.resume();
    await closed;
    await expect.poll(() => inFlight(server), WAIT).toBe(0);
    await expect.poll(() => openImages(server), WAIT).toBeLessThanOrEqual(kept);
    expect((await ask(large.url)).body.length).toBe(large.size);
  });

  it('are all answered in order: reads, uploads and refusals', async () => {
    const body = form(filePart(await drawing(64, 48).png().toBuffer()));
    const token = await server.aura.signUpload();
    const whole = uploadHead(token, { 'Content-Length': body.length }) + body.toString('latin1');
    const requests = [
      requestText(signedUrl, 'HEAD'),
      whole,
      requestText(`${server.url}/v1/nowhere`),
      requestText(`${server.url}/health`, 'DELETE'),
      'GET /health HTTP/1.1\r\n\r\n', // names no host
      whole,
      requestText(signedUrl, 'HEAD'),
      requestText(`${server.url}/health`, 'HEAD', 'Connection: close'),
    ];
    const heard = await hear(Buffer.from(requests.join(''), 'latin1'));
    const statuses = heard.match(/HTTP\/1\.1 \d{3} /g)?.map((text) => Number(text.slice(-4)));
    expect(statuses).toEqual([200, 201, 404, 405, 400, 201, 200, 200]);
  });

  it('may end with an upload with Expect: 100-continue', async () => {
    const body = form(filePart(await drawing(64, 48).png().toBuffer()));
    const token = await server.aura.signUpload();
    const connection = openRaw(server.url);
    connection.send(requestText(`${server.url}/v1/nowhere`));
    connection.send(uploadHead(token, { 'Content-Length': body.length, Expect: '100-continue' }));
    const heard = await connection.answer;
    expect(heard.status).toBe(404);
    await connection.invited;
    const answer = connection.next();
    connection.send(body);
    expect((await answer).status).toBe(201);
    connection.cut();
  });

  it('do not delay the shutdown after the client has disconnected', async () => {
    const socket = await sendUnread(requestText(large.url).repeat(3));
    socket.resetAndDestroy();
    await once(socket, 'close');
    expect(await server.stop()).toBe(0);
  });
});
