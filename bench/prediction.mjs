import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hitRatio } from './simulation/cache.mjs';
import { numbers, shuffled, zipf } from './simulation/draws.mjs';
import { noiseImage } from './support/images.mjs';
import { onFastLoopback } from './support/loopback.mjs';
import { heading, ratio, table } from './support/print.mjs';
import { treeCpuSeconds } from './support/processes.mjs';
import { startServer, uploadImage } from './support/server.mjs';
import { variantUrl } from './support/variants.mjs';

/**
 * @typedef {object} Load
 * @property {string} name
 * @property {number} images each is read in all WIDTHS
 * @property {number} exponent of the popularity
 * @property {number} share of the variants for which the caches of all processes have space together
 * @property {number} processes
 * @property {number} connections
 */

/** Of the simulation's unit costs and of its factor for mixed loads. @type {Load} */
const CALIBRATION = {
  name: 'calibration',
  images: 60,
  exponent: -0.9,
  share: 0.3,
  processes: 1,
  connections: 4,
};
/** @type {readonly Load[]} */
const OTHERS = [
  {
    name: 'flatter popularity, larger catalogue',
    images: 150,
    exponent: -0.6,
    share: 0.1,
    processes: 1,
    connections: 8,
  },
  {
    name: 'two processes, steeper popularity',
    images: 100,
    exponent: -1.1,
    share: 0.5,
    processes: 2,
    connections: 16,
  },
];
const WIDTHS = [120, 160, 200, 240];
const MASTER_BYTES = 300_000;
const READS = 2000;
/** Reads of one variant, for the cost of a hit. */
const HITS = 5000;
const FORMAT = 'webp';
/** The image processes are idle if they take less CPU time than this in so many milliseconds. */
const IDLE = { cpuMs: 20, every: 250 };

/**
 * Calibrates what the simulation computes with on one load, predicts others of another popularity, size and number of
 * processes, and compares them with what is measured: cache hits and CPU time.
 */
export async function benchPrediction() {
  await onFastLoopback(async () => {
    const calibrated = await calibrate();
    heading('The simulation, calibrated on one load, and other loads as measured');
    console.log(
      `From the load of calibration: ${calibrated.hitMs.toFixed(3)} ms for a hit, ${calibrated.missMs.toFixed(2)} ms for a miss, ${calibrated.mixed.toFixed(2)} times both when mixed.`,
    );
    const rows = [];
    for (const load of OTHERS) rows.push(...(await compare(load, calibrated)));
    const head = ['load', 'what', 'predicted', 'measured', 'predicted / measured'];
    table([head, ...calibrated.rows, ...rows]);
  });
}

/** @typedef {{ hitMs: number, missMs: number, mixed: number, bytes: number, rows: string[][] }} Calibrated bytes: mean size of a variant on the disk */

/** @returns {Promise<Calibrated>} */
async function calibrate() {
  return withServer(CALIBRATION, { disk: 2e9 }, async (server, urls) => {
    // All of them once, so none from the cache.
    const { bytes, ...all } = await measure(server, urls, CALIBRATION.connections);
    const missMs = all.cpuMs / urls.length;
    const mean = bytes / urls.length;
    const [first = ''] = urls;
    const hits = await measure(server, new Array(HITS).fill(first), CALIBRATION.connections);
    const hitMs = hits.cpuMs / HITS;
    const part = await runLoad(CALIBRATION, mean);
    const { ratio: expected } = predict(CALIBRATION);
    const mixed = part.cpuMs / (part.hits * hitMs + (READS - part.hits) * missMs);
    const row = [CALIBRATION.name, 'cache hits', ...percents(expected, part.hits / READS)];
    return { hitMs, missMs, mixed, bytes: mean, rows: [row] };
  });
}

/** @param {Load} load @param {Calibrated} calibrated */
async function compare(load, { hitMs, missMs, mixed, bytes }) {
  const { ratio: expected } = predict(load);
  const { hits, cpuMs } = await runLoad(load, bytes);
  const predicted = READS * (expected * hitMs + (1 - expected) * missMs) * mixed;
  return [
    [load.name, 'cache hits', ...percents(expected, hits / READS)],
    [
      '',
      'CPU ms of a read',
      (predicted / READS).toFixed(2),
      (cpuMs / READS).toFixed(2),
      ratio(predicted / cpuMs),
    ],
  ];
}

/** Each process has a cache of its own, and gets any of the reads. @param {Load} load */
function predict({ images, exponent, share, processes }) {
  const variants = images * WIDTHS.length;
  return {
    ratio: hitRatio(share / processes, { variants, exponent, reads: READS / processes }),
  };
}

const percents = (/** @type {number} */ predicted, /** @type {number} */ measured) => [
  `${(predicted * 100).toFixed(0)} %`,
  `${(measured * 100).toFixed(0)} %`,
  ratio(predicted / measured),
];

/** Reads as in the simulation: all once, the most popular last, then as many that are not counted as are counted. @param {Load} load @param {number} bytes */
async function runLoad(load, bytes) {
  const disk = Math.round(bytes * load.images * WIDTHS.length * load.share);
  return withServer(load, { disk }, async (server, urls) => {
    const random = numbers(7);
    const byRank = shuffled(urls.length, random).map((at) => urls[at] ?? '');
    const pick = zipf(urls.length, load.exponent, random);
    const drawn = () => Array.from({ length: READS }, () => byRank[pick()] ?? '');
    await measure(server, [...byRank].reverse(), load.connections);
    await measure(server, drawn(), load.connections);
    return measure(server, drawn(), load.connections);
  });
}

/**
 * @template T
 * @param {Load} load
 * @param {{ disk: number }} cache bytes of all processes
 * @param {(server: import('./support/server.mjs').BenchServer, urls: readonly string[]) => Promise<T>} work
 */
async function withServer({ images, processes }, { disk }, work) {
  const folder = await mkdtemp(join(tmpdir(), 'aura-bench-'));
  const server = await startServer({
    dataDir: join(folder, 'data'),
    settings: {
      AURA_WORKERS: String(processes),
      AURA_CACHE: `${Math.ceil(disk / 1024)}kb`,
    },
  });
  try {
    const urls = [];
    for (let image = 0; image < images; image++) {
      const key = await uploadImage(server, await noiseImage(MASTER_BYTES), 'public');
      const address = `${server.url}/${server.secrets.projectName}/${key}`;
      urls.push(...WIDTHS.map((w) => variantUrl(address, { fmt: FORMAT, w, q: 80 })));
    }
    return await work(server, urls);
  } finally {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

const BLOCK = 4096;

/**
 * @param {import('./support/server.mjs').BenchServer} server
 * @param {readonly string[]} urls
 * @param {number} connections
 */
async function measure(server, urls, connections) {
  const before = await treeCpuSeconds(server.pid);
  const waiting = urls.values();
  let [hits, bytes] = [0, 0];
  const lane = async () => {
    for (const url of waiting) {
      const response = await fetch(url);
      const { byteLength } = await response.arrayBuffer();
      if (response.status !== 200) throw new Error(`${url} answered ${response.status}`);
      if (response.headers.get('server-timing')?.includes('"HIT"')) hits++;
      bytes += Math.ceil(byteLength / BLOCK) * BLOCK;
    }
  };
  await Promise.all(Array.from({ length: connections }, lane));
  return { cpuMs: ((await settled(server)) - before) * 1000, hits, bytes };
}

/** CPU seconds when the server has also encoded again what was read again, which it does when it has nothing else to do. @param {import('./support/server.mjs').BenchServer} server */
async function settled({ pid }) {
  for (let last = await treeCpuSeconds(pid); ; ) {
    await new Promise((resolve) => setTimeout(resolve, IDLE.every));
    const now = await treeCpuSeconds(pid);
    if ((now - last) * 1000 < IDLE.cpuMs) return now;
    last = now;
  }
}
