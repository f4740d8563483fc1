import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { drawing } from '../files/pictures.js';
import { startTestServer, type TestServer } from '../harness/server.js';
import { upload } from '../harness/upload.js';
import { openUnread, requestText } from './support/host-server.js';
import { childrenOf } from './support/transform-processes.js';

let server: TestServer | undefined;

afterEach(() => server?.kill());

/** SIGTERM: the exit code, and the last line of the log. */
async function end(
  server: TestServer,
): Promise<{ readonly code: unknown; readonly last: unknown }> {
  const ended = once(server.process, 'close');
  server.process.kill('SIGTERM');
  const [code] = await ended;
  return { code, last: JSON.parse(server.log().trimEnd().split('\n').at(-1) ?? '') };
}

describe('a server that gets SIGTERM', () => {
  it('drains, logs it last, and exits with 0', async () => {
    server = await startTestServer();
    const image = await upload(server, await drawing(64, 48).jpeg().toBuffer(), 'public');
    expect((await fetch(`${image.url}?w=20`)).status).toBe(200);
    expect(await childrenOf(server.process.pid)).not.toEqual([]);
    expect(await end(server)).toEqual({
      code: 0,
      last: expect.objectContaining({ level: 30, msg: 'stopped', clean: true }),
    });
  });

  it('exits with 1 if it had to close a connection, and logs it last', async () => {
    server = await startTestServer({ bounds: { drainSeconds: 1 } });
    const file = await drawing(2000, 1500).png({ compressionLevel: 0 }).toBuffer();
    const image = await upload(server, file, 'public');
    const reader = openUnread(server.url);
    reader.write(requestText(image.url));
    await once(reader, 'readable');
    expect(await end(server)).toEqual({
      code: 1,
      last: expect.objectContaining({ level: 40, msg: 'stopped', clean: false }),
    });
    reader.destroy();
  });

  it('exits with the same codes without logging', async () => {
    server = await startTestServer({ env: { AURA_LOG_LEVEL: 'silent' } });
    expect(await server.stop()).toBe(0);
  });
});
