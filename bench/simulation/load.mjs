import { hitRatio } from './cache.mjs';
import { BYTES, CPU_MS, MIXED } from './units.mjs';
import { usageRows } from './usage.mjs';

// What a workload asks of an installation, whatever that is: hits of the caches, work in a second, rows of usage.

export const MONTH = 730 * 3600;
export const GB = 1e9;

/** What is assumed of every workload. Reads per second are those of the busiest hour; the month has half of them on average. */
export const ASSUMED = {
  privateShare: 0.5,
  masterShare: 0.1,
  variantsPerImage: 3,
  meanOfPeak: 0.5,
  /** Images that are uploaded in a day, of all. */
  uploadsPerDay: 0.001,
  /** Of public variants, by the cache of a data centre of Cloudflare. */
  edgeHits: 0.9,
  /** CPU time of a Worker for a read. Assumed: 0.2 to 1.4 in workerd on a developer's machine, not measured on Cloudflare. */
  workerCpuMs: 2,
  /** Reads of an isolate in a second while it collects usage. They are spread over hundreds of data centres. */
  isolateReads: 10,
  /** Share of a core or of a network card that is planned with. */
  load: 0.6,
};

/** Seconds for which a process, or an isolate, collects usage before it writes it. */
export const USAGE_SECONDS = { process: 2, isolate: 10 };

/** @typedef {{ images: number, reads: number }} Workload */

/** @type {readonly Workload[]} */
export const WORKLOADS = [10e6, 1e9].flatMap((images) =>
  [1000, 100_000].map((reads) => ({ images, reads })),
);

/** Shares for which the cache is simulated; between them, the ratio follows the logarithm. */
const SHARES = [0.001, 0.01, 0.03, 0.1, 0.3, 1];
/** @type {readonly (readonly [number, number])[] | undefined} */
let simulated;

/** Hit ratio for each simulated share. */
export function hitRatios() {
  simulated ??= SHARES.map((share) => /** @type {const} */ ([share, hitRatio(share)]));
  return simulated;
}

/** By reads: several workloads have the same. @type {Map<number, ReturnType<typeof usageRows>>} */
const counted = new Map();

/** @param {number} reads */
function rowsOf(reads) {
  const rows = counted.get(reads) ?? usageRows(reads);
  counted.set(reads, rows);
  return rows;
}

/** @param {number} share of all variants that are kept */
export function hitsFor(share) {
  const points = hitRatios();
  const [first = [1, 0]] = points;
  if (share <= first[0]) return (first[1] * share) / first[0];
  for (const [at, [above, ratio]] of points.entries()) {
    const [below, less] = points[at - 1] ?? first;
    if (share <= above) {
      return less + ((ratio - less) * Math.log(share / below)) / Math.log(above / below);
    }
  }
  return points.at(-1)?.[1] ?? 1;
}

/** Bytes of everything that may be asked for. @param {Workload} workload */
export const variantBytes = ({ images }) => images * ASSUMED.variantsPerImage * BYTES.variant;

/** What both kinds of servers do in a second. @param {Workload} workload @param {number} hits */
export function perSecond({ images, reads }, hits) {
  const ofVariants = reads * (1 - ASSUMED.masterShare);
  return {
    hits: ofVariants * hits,
    encodes: ofVariants * (1 - hits),
    masters: reads * ASSUMED.masterShare,
    uploads: (images * ASSUMED.uploadsPerDay) / 86_400,
    bits: 8 * (ofVariants * BYTES.variant + reads * ASSUMED.masterShare * BYTES.master),
  };
}

/** Cores for reads, and for images. @param {ReturnType<typeof perSecond>} work @param {number} rowMs */
export function coresFor({ hits, encodes, masters, uploads }, rowMs) {
  const reading =
    (hits + encodes) * (CPU_MS.cachedRead + rowMs) + masters * (CPU_MS.largeRead + rowMs);
  return {
    reads: (reading * MIXED) / 1000,
    images: ((encodes * CPU_MS.variant + uploads * CPU_MS.upload) * MIXED) / 1000,
  };
}

/** @param {ReturnType<typeof perSecond>} work */
export const gigabytesOut = (work) => (work.bits / 8 / GB) * MONTH * ASSUMED.meanOfPeak;

/**
 * What all processes write for usage in a second. All reads are of one project, which is the worst case: each write locks the
 * day of a project, so that others of it wait.
 *
 * @param {number} reads a second of all
 * @param {number} writers
 * @param {number} seconds between two writes of one
 */
export function usageOf(reads, writers, seconds) {
  const rows = rowsOf(Math.max(1, Math.round((reads / writers) * seconds)));
  const each = writers / seconds;
  return { single: rows.added * each, together: (rows.raised + rows.dropped) * each };
}

/** Seconds that the database needs for the usage of a second. @param {{ single: number, together: number }} usage @param {{ row: number, together: number }} ms */
export const usageSeconds = ({ single, together }, ms) =>
  (single * ms.row + together * ms.together) / 1000;
