import { once } from 'node:events';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { Agent } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  inFlight,
  METRICS_TOKEN,
  openUnread,
  requestText,
} from '../acceptance/support/host-server.js';
import { ask } from '../acceptance/support/serve-request.js';
import { shortOrLong } from '../harness/long.js';
import { removeFolder } from '../harness/remove.js';
import { startTestServer, type TestServer, temporaryFolder } from '../harness/server.js';
import { upload } from '../harness/upload.js';
import { noiseImage } from './support/images.js';
import { listImages } from './support/library.js';
import { uploadFile } from './support/slow-upload.js';

/** If the server held them whole, far fewer would be too much. */
const UPLOADS = shortOrLong(8, 50);
const MIB = 1024 * 1024;
const FILE_BYTES = 30 * MIB;
const MOST_GROWTH = 150 * MIB;
const RANGES = shortOrLong(60, 200);
const VARIANT_BYTES = shortOrLong(4, 10) * MIB;
const MOST_GROWTH_BY_RANGES = 50 * MIB;
const SLOW_READERS = shortOrLong(800, 2000);
const SLOW_BYTES = 16 * MIB;
/** With two, the second uses again what the first has held. */
const SLOW_ROUNDS = shortOrLong([1], [1, 2]);
const MOST_FOR_READER = 64 * 1024;
/** The server's buffers and caches without any reader: 16 MB of buffers that are kept, and what it read last. */
const IDLE_EXTERNAL = 40 * MIB;
/** Makes the garbage collector of a Node process run with every SIGUSR2: what else it does with memory is its choice. */
const COLLECTABLE = `--import=data:text/javascript,${encodeURIComponent(`
  import v8 from 'node:v8';
  import vm from 'node:vm';
  v8.setFlagsFromString('--expose-gc');
  const collect = vm.runInNewContext('gc');
  process.on('SIGUSR2', () => collect());
`)}`;

describe('memory', () => {
  let folder: string;
  let server: TestServer;
  const agent = new Agent();

  beforeAll(async () => {
    folder = await temporaryFolder();
    const env = {
      AURA_LOG_LEVEL: 'warn',
      AURA_METRICS_TOKEN: METRICS_TOKEN,
      NODE_OPTIONS: COLLECTABLE,
    };
    // A test machine may have a slow disk, so concurrent uploads wait for each other.
    server = await startTestServer({ encodesAgain: true, env, bounds: { idleSeconds: 120 } });
  });

  afterAll(async () => {
    agent.destroy();
    await server?.kill();
    await removeFolder(folder);
  });

  async function put(path: string): Promise<number> {
    const token = await server.aura.signUpload({ visibility: 'private' });
    return (await uploadFile(server.url, token, path, agent)).status;
  }

  /** Masters and uploads in progress, without variants. */
  const objectFiles = async (): Promise<number> => {
    const folders = ['objects', 'tmp'].map((name) => join(server.dataDir, 'store', name));
    const listings = folders.map((path) => readdir(path, { recursive: true, withFileTypes: true }));
    return (await Promise.all(listings)).flat().filter((entry) => entry.isFile()).length;
  };

  it(`grows by less than 150 MB under ${UPLOADS} uploads of 30 MB at once`, async () => {
    const path = join(folder, 'large.png');
    const image = await noiseImage(FILE_BYTES);
    expect(image.length).toBeGreaterThan(FILE_BYTES * 0.98);
    expect(image.length).toBeLessThanOrEqual(FILE_BYTES);
    await writeFile(path, image);

    expect(await put(path)).toBe(201);
    const before = await residentBytes(server, 'VmRSS');
    await forgetPeak(server);
    const statuses = await Promise.all(Array.from({ length: UPLOADS }, () => put(path)));
    const peak = await residentBytes(server, 'VmHWM');

    console.log(`memory: ${mib(before)} MB before, ${mib(peak)} MB at most`);
    expect(statuses.filter((status) => status !== 201)).toEqual([]);
    expect(peak - before).toBeLessThan(MOST_GROWTH);
  });

  it.each(['public', 'private'] as const)(
    `grows by less than 50 MB under ${RANGES} ranges of a byte, of a %s variant of ${mib(VARIANT_BYTES)} MB, at once`,
    async (visibility) => {
      const { key, url } = await upload(server, await noiseImage(VARIANT_BYTES), visibility);
      const signed = new URL(await server.aura.getSignedUrl(key));
      const variant = `${url}${signed.search}&fmt=png`;
      const whole = await ask(variant);
      expect(whole.body.length).toBeGreaterThan(VARIANT_BYTES * 0.98);
      const byteAt = async (at: number) => {
        const { status, body } = await ask(variant, { headers: { Range: `bytes=${at}-${at}` } });
        return status === 206 && body.length === 1 ? body[0] : undefined;
      };
      expect(await byteAt(0)).toBe(whole.body[0]);

      const before = await residentBytes(server, 'VmRSS');
      await forgetPeak(server);
      const places = Array.from({ length: RANGES }, (_, index) => index * 50_000);
      const bytes = await Promise.all(places.map(byteAt));
      const peak = await residentBytes(server, 'VmHWM');

      console.log(`memory: ${mib(before)} MB before, ${mib(peak)} MB at most`);
      expect(bytes).toEqual(places.map((at) => whole.body[at]));
      expect(peak - before).toBeLessThan(MOST_GROWTH_BY_RANGES);
    },
  );

  it(`holds less than 64 KB for each of ${SLOW_READERS} clients that do not read, and gives it back`, async () => {
    const { key } = await upload(server, await noiseImage(SLOW_BYTES), 'private');
    const url = await server.aura.getSignedUrl(key);
    expect((await ask(url)).body.length).toBeGreaterThan(SLOW_BYTES * 0.98);
    /** What is in use, without what the garbage collector would free. */
    const afterGarbage = async (measure: () => Promise<number>) => {
      server.process.kill('SIGUSR2');
      await sleep(100);
      return measure();
    };
    const resident = () => residentBytes(server, 'VmRSS');
    const external = async () => (await memoryOf(server)).external;
    const used = async () => {
      const memory = await memoryOf(server);
      return memory.heap + memory.external;
    };
    const patience = { timeout: 60_000, interval: 100 };
    await afterGarbage(used);
    const usedBefore = await afterGarbage(used);
    const before = await resident();
    await forgetPeak(server);
    for (const round of SLOW_ROUNDS) {
      const sockets = Array.from({ length: SLOW_READERS }, () => openUnread(server.url));
      for (const socket of sockets) socket.write(requestText(url));
      await Promise.all(sockets.map((socket) => once(socket, 'readable')));
      await settled(resident);
      let held = 0;
      const perReader = async () => {
        held = (await afterGarbage(used)) - usedBefore;
        return held / SLOW_READERS;
      };
      await expect.poll(perReader, patience).toBeLessThan(MOST_FOR_READER);
      // With all that V8 and the allocator keep for themselves.
      const growth = async () => (await afterGarbage(resident)) - before;
      await expect.poll(growth, patience).toBeLessThan(MOST_GROWTH);
      const peak = await residentBytes(server, 'VmHWM');
      console.log(
        `memory: ${mib(before)} MB before, round ${round}: ${mib(held)} MB held, ${mib(peak)} MB at most`,
      );
      expect(await inFlight(server)).toBe(SLOW_READERS);
      for (const socket of sockets) socket.destroy();
      await expect.poll(() => inFlight(server), { timeout: 20_000 }).toBe(0);
      await expect.poll(() => afterGarbage(external), patience).toBeLessThan(IDLE_EXTERNAL);
    }
  });

  it('does not grow with refused uploads', async () => {
    const half = join(folder, 'half.png');
    const page = join(folder, 'page.png');
    const huge = join(folder, 'huge.png');
    const image = await noiseImage(3 * MIB);
    await writeFile(half, image.subarray(0, image.length / 2));
    await writeFile(page, '<html>'.repeat(100_000));
    await writeFile(huge, Buffer.concat([image, Buffer.alloc(FILE_BYTES)]));
    const statuses = await Promise.all([half, page, huge, half, page, huge].map(put));
    expect(statuses).toEqual([422, 415, 413, 422, 415, 413]);
    expect(await objectFiles()).toBe((await listImages(server)).length);
  });
});

/** Resolves when a number of bytes has stopped growing. */
async function settled(count: () => Promise<number>): Promise<void> {
  for (let before = -MIB, now = 0; now - before >= MIB; ) {
    before = now;
    await sleep(1000);
    now = await count();
  }
}

/** Sets the kernel's high-water mark of the process back to what it has now (Linux, proc(5)). */
function forgetPeak({ process: { pid } }: TestServer): Promise<void> {
  return writeFile(`/proc/${pid}/clear_refs`, '5');
}

/** Bytes of its JavaScript objects and of its buffers. */
async function memoryOf({ url }: TestServer): Promise<{ heap: number; external: number }> {
  const headers = { Authorization: `Bearer ${METRICS_TOKEN}` };
  const text = (await ask(`${url}/metrics`, { headers })).body.toString();
  const gauge = (name: string) => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]);
  return {
    heap: gauge('nodejs_heap_size_used_bytes'),
    external: gauge('nodejs_external_memory_bytes'),
  };
}

async function residentBytes(
  { process: { pid } }: TestServer,
  field: 'VmRSS' | 'VmHWM',
): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const kib = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1];
  if (kib === undefined) throw new Error(`/proc/${pid}/status has no ${field}`);
  return Number(kib) * 1024;
}

function mib(bytes: number): string {
  return (bytes / MIB).toFixed(0);
}
