import { type UploadManyResult, uploadMany } from '@auraimage/sdk/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drawing } from '../files/pictures.js';
import { shortOrLong } from '../harness/long.js';
import { removeFolder } from '../harness/remove.js';
import { startTestServer, type TestServer, temporaryFolder } from '../harness/server.js';
import { type CuttingProxy, startCuttingProxy } from './support/cutting-proxy.js';

const COUNT = shortOrLong(24, 50);
/** After so many files have ended, the connections are cut, and the server is killed or stopped. */
const [CUT, KILL, STOP] = shortOrLong([4, 8, 16], [6, 10, 30]) as [number, number, number];

describe('uploadMany while the network breaks and the server restarts', () => {
  let dataDir: string;
  let server: TestServer;
  let proxy: CuttingProxy;
  let files: File[];
  let outcome: UploadManyResult;
  let settled: number[];
  let mostAttempts = 0;

  beforeAll(async () => {
    dataDir = await temporaryFolder();
    server = await startTestServer({ dataDir });
    proxy = await startCuttingProxy(server.url);
    const picture = await drawing(300, 200).png({ compressionLevel: 0 }).toBuffer();
    // Each has a unique end, so that no two can be confused.
    files = Array.from(
      { length: COUNT },
      (_, index) => new File([new Uint8Array(picture), `number ${index}`], `picture-${index}.png`),
    );
    settled = [];
    const troubles = new Map<number, () => void | Promise<void>>([
      [CUT, () => proxy.cut()],
      [KILL, () => restart('kill')],
      [STOP, () => restart('stop')],
    ]);
    // Serialized, because two servers must not use one folder.
    let repairs = Promise.resolve();
    outcome = await uploadMany(files, {
      url: proxy.url,
      token: async (_file, { attempt }) => {
        mostAttempts = Math.max(mostAttempts, attempt);
        return server.aura.signUpload({ visibility: 'private', expiresIn: 60 });
      },
      onItemSettled: (_outcome, index) => {
        settled.push(index);
        const trouble = troubles.get(settled.length);
        repairs = repairs.then(trouble);
      },
    });
    await repairs;
  }, 240_000);

  afterAll(async () => {
    await proxy?.close();
    await server?.kill();
    await removeFolder(dataDir);
  });

  /** The server crashes or drains, and restarts on the same folder while clients retry. */
  async function restart(how: 'kill' | 'stop'): Promise<void> {
    const { credentials } = server;
    if (how === 'kill') proxy.disconnect();
    await server[how]();
    server = await startTestServer({ dataDir, credentials });
    proxy.connectTo(server.url);
  }

  it('puts each file into exactly one map, and reports it once', () => {
    const ended = [...outcome.results.keys(), ...outcome.errors.keys()];
    const all = Array.from({ length: COUNT }, (_, index) => index);
    expect(ended.toSorted((a, b) => a - b)).toEqual(all);
    expect(settled.toSorted((a, b) => a - b)).toEqual(all);
  });

  it('encountered failures and recovered', () => {
    expect(mostAttempts).toBeGreaterThan(1);
    // The number that ended before the first fault.
    expect(outcome.results.size).toBeGreaterThanOrEqual(CUT);
    for (const { kind } of outcome.errors.values()) {
      expect(['network', 'server', 'draining']).toContain(kind);
    }
  });

  it('stored every success, byte for byte', async () => {
    const keys = new Set([...outcome.results.values()].map(({ key }) => key));
    expect(keys.size).toBe(outcome.results.size);
    for (const [index, { key, size, visibility }] of outcome.results) {
      const response = await fetch(await server.aura.getSignedUrl(key));
      expect(response.status, key).toBe(200);
      const sent = new Uint8Array((await files[index]?.arrayBuffer()) ?? []);
      const read = new Uint8Array(await response.arrayBuffer());
      expect(Buffer.compare(read, sent), key).toBe(0);
      expect([size, visibility]).toEqual([sent.length, 'private']);
    }
  });
});
