import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { noiseImage } from './support/images.mjs';
import { landscapePhoto } from './support/landscape.mjs';
import { needs, onFastLoopback } from './support/loopback.mjs';
import { heading, median, table } from './support/print.mjs';
import { treeCpuSeconds } from './support/processes.mjs';
import { startServer, uploadImage } from './support/server.mjs';
import { fetchAll, variantUrl } from './support/variants.mjs';
import { requestsPerSecond } from './support/wrk.mjs';

const SECONDS = 2;
const ROUNDS = 5;
const CONNECTIONS = 32;
const UPLOADS = 20;
const VARIANTS = [
  { name: 'WebP, 400 px', fmt: 'webp', w: 400, count: 24 },
  { name: 'WebP, 1,200 px', fmt: 'webp', w: 1200, count: 12 },
  { name: 'JPEG, 1,200 px', fmt: 'jpeg', w: 1200, count: 12 },
  { name: 'AVIF, 1,200 px', fmt: 'avif', w: 1200, count: 6 },
];

/**
 * What one request costs in CPU time of the server and its image processes, for `bench/simulation/units.mjs`: other load
 * on the machine affects it less than the time on the clock.
 */
export async function benchUnits() {
  needs('wrk', 'wrk');
  const folder = await mkdtemp(join(tmpdir(), 'aura-bench-'));
  const server = await startServer({ dataDir: join(folder, 'data') });
  try {
    await onFastLoopback(async () => {
      const reads = await readsOf(server);
      const images = await imagesOf(server);
      const check = await checkOf(server, reads, images);
      heading('CPU time of requests');
      table([['', 'CPU ms'], ...[...reads, ...images].map(([name, ms]) => [name, ms.toFixed(3)])]);
      heading('A mixed load: predicted from these, and measured');
      table([['', 'CPU ms'], ...check]);
    });
  } finally {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * @typedef {import('./support/server.mjs').BenchServer} BenchServer
 * @typedef {[name: string, cpuMs: number]} Unit
 */

/** @param {BenchServer} server @returns {Promise<Unit[]>} */
async function readsOf(server) {
  const small = await noiseImage(60_000);
  const large = await noiseImage(1_000_000);
  const open = await uploadImage(server, small, 'public');
  const hidden = await server.aura.getSignedUrl(await uploadImage(server, small, 'private'));
  const heavy = await server.aura.getSignedUrl(await uploadImage(server, large, 'private'));
  const sides = {
    'public master of 60 KB, kept in memory': `${server.url}/${server.secrets.projectName}/${open}`,
    'private master of 60 KB, signed': hidden,
    'private master of 1 MB, signed': heavy,
  };
  /** @type {Map<string, number[]>} */
  const runs = new Map(Object.keys(sides).map((name) => [name, []]));
  for (let round = -1; round < ROUNDS; round++) {
    for (const [name, url] of Object.entries(sides)) {
      const cpu = await cpuPerRead(server, url);
      if (round >= 0) runs.get(name)?.push(cpu); // the first warms
    }
  }
  return [...runs].map(([name, values]) => [name, median(values)]);
}

/** @param {BenchServer} server @param {string} url */
async function cpuPerRead(server, url) {
  const before = await treeCpuSeconds(server.pid);
  const perSecond = await requestsPerSecond(url, { connections: CONNECTIONS, seconds: SECONDS });
  return (((await treeCpuSeconds(server.pid)) - before) * 1000) / (perSecond * SECONDS);
}

/** @param {BenchServer} server @returns {Promise<Unit[]>} */
async function imagesOf(server) {
  const photo = await landscapePhoto();
  const key = await uploadImage(server, photo, 'public'); // starts the image processes
  const uploads = await cpuOf(server, UPLOADS, () => uploadImage(server, photo, 'public'));
  const image = `${server.url}/${server.secrets.projectName}/${key}`;
  /** @type {Unit[]} */
  const units = [['upload of a JPEG of 12 megapixels, 3.5 MB', uploads]];
  for (const { name, fmt, w, count } of VARIANTS) {
    await fetchAll(urlsOf(image, { fmt, w, count }, 70), 4); // makes the reduced copy, warms
    const before = await treeCpuSeconds(server.pid);
    await fetchAll(urlsOf(image, { fmt, w, count }, 80), 4);
    const cpu = (await treeCpuSeconds(server.pid)) - before;
    units.push([`new variant, ${name}`, (cpu * 1000) / count]);
  }
  return units;
}

/**
 * @param {string} image
 * @param {{ fmt: string, w: number, count: number }} variants
 * @param {number} q
 */
function urlsOf(image, { fmt, w, count }, q) {
  return Array.from({ length: count }, (_, at) => variantUrl(image, { fmt, w: w + at, q }));
}

/**
 * @param {BenchServer} server
 * @param {number} count
 * @param {() => Promise<unknown>} work
 */
async function cpuOf(server, count, work) {
  const before = await treeCpuSeconds(server.pid);
  for (let each = 0; each < count; each++) await work();
  return (((await treeCpuSeconds(server.pid)) - before) * 1000) / count;
}

/**
 * Reads, uploads and new variants at once, as in use.
 *
 * @param {BenchServer} server
 * @param {Unit[]} reads
 * @param {Unit[]} images
 */
async function checkOf(server, reads, images) {
  const photo = await landscapePhoto();
  const small = await noiseImage(60_000);
  const url = await server.aura.getSignedUrl(await uploadImage(server, small, 'private'));
  const key = await uploadImage(server, photo, 'public');
  const image = `${server.url}/${server.secrets.projectName}/${key}`;
  const webp = { fmt: 'webp', w: 400, count: 24 };
  await fetchAll(urlsOf(image, webp, 60), 4);
  const before = await treeCpuSeconds(server.pid);
  const [perSecond] = await Promise.all([
    requestsPerSecond(url, { connections: CONNECTIONS, seconds: 3 * SECONDS }),
    fetchAll(urlsOf(image, webp, 90), 1),
    uploadImage(server, photo, 'public'),
  ]);
  const measured = ((await treeCpuSeconds(server.pid)) - before) * 1000;
  const [, read = 0] = reads.find(([name]) => name.startsWith('private master of 60')) ?? [];
  const [, upload = 0] = images[0] ?? [];
  const [, variant = 0] = images[1] ?? [];
  const count = perSecond * 3 * SECONDS;
  const predicted = count * read + webp.count * variant + upload;
  return [
    [
      `predicted: ${Math.round(count)} reads, ${webp.count} variants, an upload`,
      predicted.toFixed(0),
    ],
    ['measured', measured.toFixed(0)],
    ['predicted / measured', (predicted / measured).toFixed(2)],
  ];
}
