import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { manyKinds } from './support/many-kinds.mjs';
import { heading, table } from './support/print.mjs';
import { childrenOf } from './support/processes.mjs';
import { residentBytes, startServer, uploadImage } from './support/server.mjs';
import { fetchBytes } from './support/variants.mjs';

const TRANSFORMS = 10_000;
const STEP = 1000;
const CONNECTIONS = 8;
/** The server ends image processes that were idle for five minutes. */
const REST_SECONDS = 310;
const FITS = ['cover', 'contain', 'face', 'auto'];
/** AVIF is by far the slowest, so it is used for a few smaller pictures only. */
const FORMATS = ['webp', 'jpeg', 'webp', 'png', 'jpeg', 'webp', 'avif'];
const LARGEST = { webp: 640, jpeg: 640, png: 320, avif: 160 };

/** Measures the memory of the server and its image processes while 10,000 different variants are made. */
export async function benchSoak() {
  const folder = await mkdtemp(join(tmpdir(), 'aura-bench-'));
  // The cache in memory would hide a leak.
  const settings = { AURA_CACHE: '32mb' };
  const server = await startServer({ dataDir: join(folder, 'data'), settings });
  try {
    const rows = [await memoryOf(server.pid, 'started', 0)];
    const images = await upload(server);
    const variants = differentVariants(images).values();
    rows.push(await memoryOf(server.pid, `${images.length} uploads`, 0));
    for (let done = STEP; done <= TRANSFORMS; done += STEP) {
      const started = performance.now();
      await makeSome(variants, STEP);
      const seconds = (performance.now() - started) / 1000;
      rows.push(await memoryOf(server.pid, `${done} variants`, seconds));
    }
    await delay(REST_SECONDS * 1000);
    rows.push(await memoryOf(server.pid, 'after idling', REST_SECONDS));
    heading(`Memory while ${TRANSFORMS} different variants are made (MB)`);
    table([['', 'seconds', 'server', 'image processes', 'their memory'], ...rows]);
  } finally {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * Addresses of the images, every other one private, with a token.
 *
 * @param {import('./support/server.mjs').BenchServer} server
 */
async function upload(server) {
  const images = [];
  for (const [at, bytes] of (await manyKinds()).entries()) {
    const key = await uploadImage(server, bytes, at % 2 === 0 ? 'public' : 'private');
    images.push(await server.aura.getSignedUrl(key, { expiresIn: 7200 }));
  }
  return images;
}

/**
 * The same list every time, no two alike.
 *
 * @param {readonly string[]} images
 */
function differentVariants(images) {
  /** @type {Set<string>} */
  const urls = new Set();
  for (let at = 0; urls.size < TRANSFORMS; at++) {
    const fmt = /** @type {keyof typeof LARGEST} */ (FORMATS[at % FORMATS.length]);
    const side = (/** @type {number} */ stride) => 16 + ((at * stride) % (LARGEST[fmt] - 16));
    const fit = FITS[Math.floor(at / 3) % FITS.length];
    const query = `w=${side(101)}&h=${side(67)}&fit=${fit}&q=${40 + (at % 50)}&fmt=${fmt}`;
    urls.add(`${images[at % images.length]}&${query}`);
  }
  return [...urls];
}

/**
 * @param {IterableIterator<string>} variants
 * @param {number} count
 */
async function makeSome(variants, count) {
  let left = count;
  const lane = async () => {
    while (left > 0) {
      left--;
      const { done, value } = variants.next();
      if (done) return;
      await fetchBytes(value);
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, lane));
}

/**
 * @param {number} pid
 * @param {string} when
 * @param {number} seconds
 */
async function memoryOf(pid, when, seconds) {
  const children = await childrenOf(pid);
  const each = await Promise.all(children.map((child) => residentBytes(child, 'VmRSS')));
  const theirs = each.reduce((sum, bytes) => sum + (bytes || 0), 0); // a process may just have ended
  const server = await residentBytes(pid, 'VmRSS');
  return [when, seconds.toFixed(0), mb(server), children.length, mb(theirs)];
}

/** @param {number} bytes */
function mb(bytes) {
  return (bytes / 1024 / 1024).toFixed(0);
}
