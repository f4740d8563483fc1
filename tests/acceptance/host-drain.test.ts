import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { Agent } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { removeFolder } from '../harness/remove.js';
import { startTestServer, type TestServer, temporaryFolder } from '../harness/server.js';
import { noiseImage } from '../heavy/support/images.js';
import { type ListedImage, listImages } from '../heavy/support/library.js';
import { openUpload, read } from '../heavy/support/slow-upload.js';
import { until } from '../heavy/support/until.js';

describe('draining', () => {
  let dataDir: string;
  let file: Buffer;
  let server: TestServer | undefined;
  let agents: Agent[] = [];

  beforeAll(async () => {
    file = await noiseImage(400_000);
  });

  beforeEach(async () => {
    dataDir = await temporaryFolder();
  });

  afterEach(async () => {
    for (const agent of agents) agent.destroy();
    agents = [];
    await server?.kill();
    await removeFolder(dataDir);
  });

  /** A connection that has been used once and is kept. */
  async function keptConnection(url: string): Promise<Agent> {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    agents.push(agent);
    expect((await read(`${url}/health`, agent)).status).toBe(200);
    return agent;
  }

  async function halfSentUpload({ aura, url }: TestServer) {
    const token = await aura.signUpload({ visibility: 'private' });
    const upload = openUpload(url, token, file.length);
    await upload.send(file.subarray(0, 200_000));
    // Sent is not yet received: the signal must not come first.
    await until('the upload is spooled', async () => {
      const spooled = await readdir(join(dataDir, 'store/tmp'));
      return spooled.length > 0 ? true : null;
    });
    return upload;
  }

  it('completes an upload, refuses new ones on open connections, and keeps serving reads', async () => {
    server = await startTestServer({ dataDir });
    const { url, aura, credentials } = server;
    const [forUpload, forRead] = [await keptConnection(url), await keptConnection(url)];
    const token = await aura.signUpload();
    const first = await halfSentUpload(server);

    const ended = once(server.process, 'exit');
    server.process.kill('SIGTERM');
    await until('new connections are refused', () => isRefused(url));

    const second = openUpload(url, token, file.length, { agent: forUpload });
    second.end(file);
    const refusal = await second.answer;
    expect(refusal.status).toBe(503);
    expect(refusal.headers).toMatchObject({
      'x-aura-origin-state': 'draining',
      'x-aura-error': 'draining',
      'retry-after': expect.stringMatching(/^\d+$/),
    });
    expect((await read(server.sample.signed, forRead)).status).toBe(200);
    expect((await read(server.sample.unsigned, forRead)).status).toBe(403);

    first.end(file.subarray(200_000));
    const answer = await first.answer;
    expect(answer.status).toBe(201);
    expect((await ended)[0]).toBe(0);

    const { key } = JSON.parse(answer.body) as { key: string };
    server = await startTestServer({ dataDir, credentials });
    const response = await fetch(await server.aura.getSignedUrl(key));
    expect(response.status).toBe(200);
    expect(Buffer.from(await response.arrayBuffer()).equals(file)).toBe(true);
  });

  it('closes an upload that never ends after the time for draining', async () => {
    server = await startTestServer({ dataDir, bounds: { drainSeconds: 2 } });
    const { credentials } = server;
    const before = await listImages(server);
    const upload = await halfSentUpload(server);
    const drip = setInterval(() => void upload.send(Buffer.alloc(16)).catch(() => {}), 200);
    try {
      const ended = once(server.process, 'exit');
      server.process.kill('SIGTERM');
      await expect(upload.answer).rejects.toThrow();
      expect((await ended)[0]).toBe(1);
    } finally {
      clearInterval(drip);
    }
    server = await startTestServer({ dataDir, credentials });
    const keys = (images: ListedImage[]) => images.map(({ key }) => key);
    expect(keys(await listImages(server))).toEqual(keys(before));
  });
});

/** Whether nothing listens at the address any more; `null` while something does. */
function isRefused(url: string): Promise<true | null> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const socket = connect({ host: hostname, port: Number(port) });
    socket.once('connect', () => {
      socket.destroy();
      resolve(null);
    });
    socket.once('error', () => resolve(true));
  });
}
