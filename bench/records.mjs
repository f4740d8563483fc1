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
/** Reads that bring nearly every page of the larger table to the process, and the code to its speed. */
const WARMING = 200_000;
/** Reads between two commits: few enough that hardly any key comes twice. */
const BATCH = 100;
const HTTP_ROUNDS = 6;
const HTTP_KEYS = 20_000;

/**
 * Point reads of image records by random existing keys, with few and with many images. A commit makes
 * SQLite forget the pages that it holds. The tables lie in the machine's memory, as those in use do.
 */
export async function benchRecords() {
  needs('wrk', 'wrk');
  heading(`Point reads of the image record (SQLite, random keys)`);
  const folder = await mkdtemp(join(tmpdir(), 'aura-bench-'));
  const few = await openFilledRecords(folder, FEW);
  const many = await openFilledRecords(folder, MANY);
  try {
    await readsPerSecond(few, false, WARMING);
    await readsPerSecond(many, false, WARMING);
    const rows = [];
    for (const commits of [true, false]) {
      /** @type {{ few: number[], many: number[] }} */
      const runs = { few: [], many: [] };
      for (let round = 0; round < ROUNDS; round++) {
        runs.few.push(await readsPerSecond(few, commits));
        runs.many.push(await readsPerSecond(many, commits));
      }
      const [base, rate] = [median(runs.few), median(runs.many)];
      rows.push([
        commits ? `a commit every ${BATCH} reads` : 'no commits',
        rounded(base),
        rounded(rate),
        ratio(rate / base),
        `${(1e6 / rate - 1e6 / base).toFixed(1)} µs`,
      ]);
    }
    const head = ['', `reads/s of ${rounded(FEW)}`, `reads/s of ${rounded(MANY)}`];
    rows.push(await onFastLoopback(() => overHttp(folder, few, many)));
    table([[...head, 'many / few', 'longer by'], ...rows]);
  } finally {
    await Promise.all([few.close(), many.close()]);
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * @param {Awaited<ReturnType<typeof openFilledRecords>>} records
 * @param {boolean} commits whether somebody commits before each batch
 */
async function readsPerSecond({ images, address, commit }, commits, reads = READS) {
  let milliseconds = 0;
  for (let read = 0; read < reads; read += BATCH) {
    const addresses = Array.from({ length: BATCH }, address);
    if (commits) commit();
    const started = performance.now();
    for (const each of addresses) {
      if ((await images.find(each)) === null) throw new Error(`${each.key} was not found`);
    }
    milliseconds += performance.now() - started;
  }
  return (reads / milliseconds) * 1000;
}

/**
 * The same in what it is for: signed requests for private images that the client has already: they
 * read the row, check the token and send no bytes.
 *
 * @typedef {Awaited<ReturnType<typeof openFilledRecords>>} Records
 * @param {string} folder
 * @param {Records} few
 * @param {Records} many
 */
async function overHttp(folder, few, many) {
  const sides = [];
  try {
    for (const records of [few, many]) {
      const server = await startServer(records.server);
      const script = join(folder, `${sides.length}.lua`);
      await writeFile(script, await knownRequests(server, records));
      sides.push({ server, script });
    }
    /** @type {number[][]} */
    const runs = [[], []];
    for (let round = 0; round < HTTP_ROUNDS; round++) {
      for (const [at, { server, script }] of sides.entries()) {
        const load = { connections: 32, seconds: 2, script };
        runs[at]?.push(await requestsPerSecond(server.url, load));
      }
    }
    const [base = 0, rate = 0] = runs.map((rates) => median(rates.slice(1)));
    const longer = `${(1e6 / rate - 1e6 / base).toFixed(1)} µs`;
    return ['signed 304 over HTTP', rounded(base), rounded(rate), ratio(rate / base), longer];
  } finally {
    await Promise.all(sides.map(({ server }) => server.stop()));
  }
}

/**
 * A script for `wrk` that asks for random ones of many images.
 *
 * @param {import('./support/server.mjs').BenchServer} server
 * @param {Records} records
 */
async function knownRequests({ aura }, { address }) {
  const urls = await Promise.all(
    Array.from({ length: HTTP_KEYS }, () => aura.getSignedUrl(address().key)),
  );
  const targets = urls.map((url) => `"${url.slice(new URL(url).origin.length)}"`);
  return `local known = { ["If-None-Match"] = "*" }
local targets = { ${targets.join(', ')} }
request = function() return wrk.format("GET", targets[math.random(#targets)], known) end
`;
}
