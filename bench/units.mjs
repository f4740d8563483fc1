import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openFilledPostgres, openFilledRecords } from './support/filled-records.mjs';
import { noiseImage } from './support/images.mjs';
import { landscapePhoto } from './support/landscape.mjs';
import { needs, onFastLoopback } from './support/loopback.mjs';
import { heading, median, table } from './support/print.mjs';
import { treeCpuSeconds } from './support/processes.mjs';
import { startServer, uploadImage } from './support/server.mjs';
import { loadTypeScript } from './support/typescript.mjs';
import { fetchAll, variantUrl } from './support/variants.mjs';
import { requestsPerSecond } from './support/wrk.mjs';

const SECONDS = 2;
const ROUNDS = 5;
const CONNECTIONS = 32;
const UPLOADS = 20;
const POINT_READS = 20_000;
const ROWS = 50_000;
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
  const { postgres, reads } = await inPostgres();
  heading('CPU time of a point read in PostgreSQL');
  table([['', 'CPU ms'], ...reads]);
  heading('Bytes in the database for an image, with indexes');
  table([
    ['', 'row', 'audit entry'],
    ['SQLite', ...(await inSqlite())],
    ['PostgreSQL', ...postgres],
  ]);
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

async function inSqlite() {
  const folder = await mkdtemp(join(tmpdir(), 'aura-bench-'));
  const records = await openFilledRecords(folder, ROWS);
  try {
    return await bytesOf(records);
  } finally {
    await records.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function inPostgres() {
  const { startPostgres } = /** @type {typeof import('../tests/postgres/support/server.js')} */ (
    await loadTypeScript('tests/postgres/support/server.ts')
  );
  const server = await startPostgres({ settings: ['shared_buffers=256MB'] });
  try {
    const records = await openFilledPostgres(await server.createDatabase(), ROWS);
    const reads = await pointReads(records, server.process().pid ?? 0);
    const postgres = await bytesOf(records, 'TRUNCATE images');
    await records.close();
    return { reads, postgres };
  } finally {
    await server.stop();
  }
}

/**
 * Of rows that were inserted in the order of uploads, which leaves space in the pages of indexes.
 *
 * @param {Pick<Awaited<ReturnType<typeof openFilledPostgres>>, 'run' | 'bytes'>} records
 * @param {string} [empty] deletes all images, and what is left of them
 */
async function bytesOf({ run, bytes }, empty = 'DELETE FROM images') {
  await run('CREATE TABLE moved AS SELECT * FROM images');
  await run(empty);
  await run('INSERT INTO images SELECT * FROM moved ORDER BY random()');
  const { images = 0, audit_log = 0 } = await bytes();
  return [images, audit_log].map((all) => (all / ROWS).toFixed(0));
}

/**
 * As many at once as there are connections of clients.
 *
 * @param {Awaited<ReturnType<typeof openFilledPostgres>>} records
 * @param {number} server
 */
async function pointReads(records, server) {
  const read = async (/** @type {number} */ count) => {
    for (let each = 0; each < count; each++) await records.images.find(records.address());
  };
  const lanes = (/** @type {number} */ count) =>
    Promise.all(Array.from({ length: CONNECTIONS }, () => read(count / CONNECTIONS)));
  await lanes(POINT_READS / 4);
  const before = await treeCpuSeconds(server);
  const own = process.cpuUsage();
  await lanes(POINT_READS);
  const theirs = ((await treeCpuSeconds(server)) - before) * 1000;
  const { user, system } = process.cpuUsage(own);
  return [
    ['in PostgreSQL', (theirs / POINT_READS).toFixed(4)],
    ['in the server', ((user + system) / 1000 / POINT_READS).toFixed(4)],
  ];
}
