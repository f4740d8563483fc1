import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openFilledRecords } from './support/filled-records.mjs';
import { needs, onFastLoopback } from './support/loopback.mjs';
import { heading, median, ratio, rounded, table } from './support/print.mjs';
import { startServer } from './support/server.mjs';
import { requestsPerSecond } from './support/wrk.mjs';

const FEW = 1000;
const MANY = 1_000_000;
const ROUNDS = 15;
const READS = 4000;
/** Warm-up reads: they load nearly every page of the larger table and let the code be optimized. */
const WARMING = 200_000;
/** Reads between two commits: so few that hardly any key occurs twice. */
const BATCH = 100;
const HTTP_ROUNDS = 6;
const HTTP_KEYS = 20_000;

/**
 * @typedef {Awaited<ReturnType<typeof openFilledRecords>>} Records
 * @typedef {() => import('@auraimage/protocol').ImageAddress} Choice which image to read next
 */

/**
 * Point reads of image records with few and with many images. Reading the same images repeatedly shows
 * the cost of the table's size. Reading random images also shows the cost of cache misses. A commit makes
 * SQLite drop its page cache. The tables are in the machine's memory, like tables in use.
 */
export async function benchRecords() {
  needs('wrk', 'wrk');
  heading(`Point reads of the image record (SQLite, random keys)`);
  const folder = await mkdtemp(join(tmpdir(), 'aura-bench-'));
  const few = await openFilledRecords(folder, FEW);
  const many = await openFilledRecords(folder, MANY);
  try {
    await readsPerSecond(few, few.address, false, WARMING);
    await readsPerSecond(many, many.address, false, WARMING);
    const rows = [];
    for (const [name, manys] of /** @type {const} */ ([
      [`the same ${rounded(FEW)} images`, oneOf(FEW, many.address)],
      ['random images', many.address],
    ])) {
      for (const commits of [true, false]) {
        /** @type {{ few: number[], many: number[] }} */
        const runs = { few: [], many: [] };
        for (let round = 0; round < ROUNDS; round++) {
          runs.few.push(await readsPerSecond(few, few.address, commits));
          runs.many.push(await readsPerSecond(many, manys, commits));
        }
        const how = commits ? `a commit every ${BATCH} reads` : 'no commits';
        rows.push(line(`${name}, ${how}`, median(runs.few), median(runs.many)));
      }
    }
    const head = ['', `reads/s, ${rounded(FEW)}`, `reads/s, ${rounded(MANY)}`];
    rows.push(...(await onFastLoopback(() => overHttp(folder, few, many))));
    table([[...head, 'ratio', 'difference'], ...rows]);
  } finally {
    await Promise.all([few.close(), many.close()]);
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * @param {string} name
 * @param {number} base
 * @param {number} rate
 */
function line(name, base, rate) {
  const longer = `${(1e6 / rate - 1e6 / base).toFixed(1)} µs`;
  return [name, rounded(base), rounded(rate), ratio(rate / base), longer];
}

/**
 * A choice of a few images that are chosen once.
 *
 * @param {number} count
 * @param {Choice} choose
 * @returns {Choice}
 */
function oneOf(count, choose) {
  const chosen = Array.from({ length: count }, choose);
  return () => /** @type {ReturnType<Choice>} */ (chosen[Math.floor(Math.random() * count)]);
}

/**
 * Uses the CPU time of the median batch, so that other load on the machine matters little.
 *
 * @param {Records} records
 * @param {Choice} choose
 * @param {boolean} commits whether somebody commits before each batch
 */
async function readsPerSecond({ images, commit }, choose, commits, reads = READS) {
  const microseconds = [];
  for (let read = 0; read < reads; read += BATCH) {
    const addresses = Array.from({ length: BATCH }, choose);
    if (commits) commit();
    const started = process.cpuUsage();
    for (const each of addresses) {
      if ((await images.find(each)) === null) throw new Error(`${each.key} was not found`);
    }
    const { user, system } = process.cpuUsage(started);
    microseconds.push(user + system);
  }
  return (BATCH / median(microseconds)) * 1e6;
}

/**
 * The same through HTTP: signed requests for private images that the client already has. They read the row, check
 * the token and send no bytes.
 *
 * @param {string} folder
 * @param {Records} few
 * @param {Records} many
 */
async function overHttp(folder, few, many) {
  const sides = [];
  try {
    for (const records of [few, many]) sides.push(await startServer(records.server));
    const [small, large] = /** @type {[BenchServer, BenchServer]} */ (sides);
    const base = await knownRequests(folder, small, FEW, few.address);
    const lines = [];
    for (const [name, count] of /** @type {const} */ ([
      [`the same ${rounded(FEW)} images`, FEW],
      [`${rounded(HTTP_KEYS)} images of the million`, HTTP_KEYS],
    ])) {
      const script = await knownRequests(folder, large, count, many.address);
      /** @type {[number[], number[]]} */
      const runs = [[], []];
      for (let round = 0; round < HTTP_ROUNDS; round++) {
        const load = { connections: 32, seconds: 2 };
        runs[0].push(await requestsPerSecond(small.url, { ...load, script: base }));
        runs[1].push(await requestsPerSecond(large.url, { ...load, script }));
      }
      const [a, b] = runs.map((rates) => median(rates.slice(1)));
      lines.push(line(`signed 304 over HTTP, ${name}`, a ?? 0, b ?? 0));
    }
    return lines;
  } finally {
    await Promise.all(sides.map((server) => server.stop()));
  }
}

/**
 * @typedef {import('./support/server.mjs').BenchServer} BenchServer
 */

/**
 * A script for `wrk` that asks for random ones of so many images.
 *
 * @param {string} folder
 * @param {BenchServer} server
 * @param {number} count
 * @param {Choice} choose
 */
async function knownRequests(folder, { aura }, count, choose) {
  const urls = await Promise.all(
    Array.from({ length: count }, () => aura.getSignedUrl(choose().key)),
  );
  const targets = urls.map((url) => `"${url.slice(new URL(url).origin.length)}"`);
  const script = join(folder, `${randomUUID()}.lua`);
  await writeFile(
    script,
    `local known = { ["If-None-Match"] = "*" }
local targets = { ${targets.join(', ')} }
request = function() return wrk.format("GET", targets[math.random(#targets)], known) end
`,
  );
  return script;
}
