import { hitRatio } from './cache.mjs';
import { AWS, CLOUDFLARE, D1 } from './prices.mjs';
import { BYTES, CPU_MS, D1_ROWS, MIXED } from './units.mjs';

const MONTH = 730 * 3600;
const GB = 1e9;

/** What is assumed of every workload. Reads per second are those of the busiest hour; the month has half of them on average. */
const ASSUMED = {
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
  /** Share of a core or of a network card that is planned with. */
  load: 0.6,
};

/** The largest of each that one usual machine, one database and one server of the fleet have. */
const LIMITS = {
  cores: 96,
  memory: 384 * GB,
  disk: 60e12,
  networkBits: 25e9,
  diskReads: 500_000,
  fleetVcpus: 4,
  fleetNetworkBits: 10e9,
  fleetDisk: 1e12,
  databaseVcpus: 64,
  databaseBytes: 64e12,
  databaseReads: 64_000,
};

/** @typedef {{ images: number, reads: number }} Workload */
/** @typedef {{ resource: string, need: number, limit: number, unit: string }} Resource */
/**
 * @typedef {object} Plan
 * @property {number} hits share of reads of variants that the caches answer
 * @property {string} machines
 * @property {readonly Resource[]} resources the one that is used up first comes first
 * @property {Readonly<Record<string, number>>} dollars a month
 */

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

/** @param {number} share of all variants that are kept */
function hitsFor(share) {
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
const variantBytes = ({ images }) => images * ASSUMED.variantsPerImage * BYTES.variant;

/** What both kinds of servers do in a second. @param {Workload} workload @param {number} hits */
function perSecond({ images, reads }, hits) {
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
function coresFor({ hits, encodes, masters, uploads }, rowMs) {
  const reading =
    (hits + encodes) * (CPU_MS.cachedRead + rowMs) + masters * (CPU_MS.largeRead + rowMs);
  return {
    reads: (reading * MIXED) / 1000,
    images: ((encodes * CPU_MS.variant + uploads * CPU_MS.upload) * MIXED) / 1000,
  };
}

/** @param {number} count @param {string} one @param {string} several */
const counted = (count, one, several) => `${count} ${count === 1 ? one : several}`;

/** @param {readonly Resource[]} resources */
const firstOf = (resources) => [...resources].sort((a, b) => b.need / b.limit - a.need / a.limit);

/** Price of what goes out in a month. @param {number} gigabytes */
function egressOf(gigabytes) {
  let [left, from, price] = [gigabytes, 0, 0];
  for (const [until, each] of AWS.egress) {
    const part = Math.min(left, until - from);
    price += part * each;
    left -= part;
    from = until;
  }
  return price;
}

/** @param {ReturnType<typeof perSecond>} work */
const gigabytesOut = (work) => (work.bits / 8 / GB) * MONTH * ASSUMED.meanOfPeak;

/**
 * One machine with SQLite and a folder. Its processes have a cache of their own each, and any of them may get a request.
 *
 * @param {Workload} workload
 * @returns {Plan}
 */
export function oneMachine(workload) {
  const readers = Math.max(1, Math.ceil(coresFor(perSecond(workload, 1), 0).reads / ASSUMED.load));
  // The cache may take a sixth of the disk.
  const cache = Math.min(variantBytes(workload) * readers, LIMITS.disk / 6);
  const hits = hitsFor(cache / readers / variantBytes(workload));
  const work = perSecond(workload, hits);
  const { reads, images } = coresFor(work, 0);
  const cores = (reads + images) / ASSUMED.load;
  const rows = workload.images * BYTES.sqliteRow;
  const memory = memoryOf(readers, cores, cache) + Math.min(rows, 32 * GB);
  const disk = workload.images * BYTES.master + rows + cache;
  const vcpus = Math.max(2, Math.ceil(cores), Math.ceil(memory / AWS.memoryPerVcpu));
  return {
    hits,
    machines: counted(readers, 'process', 'processes'),
    resources: firstOf([
      { resource: 'cores', need: cores, limit: LIMITS.cores, unit: '' },
      { resource: 'memory', need: memory, limit: LIMITS.memory, unit: 'B' },
      { resource: 'disk', need: disk, limit: LIMITS.disk, unit: 'B' },
      {
        resource: 'network',
        need: work.bits / ASSUMED.load,
        limit: LIMITS.networkBits,
        unit: 'bit/s',
      },
      sweepOf(cache / readers),
      { resource: 'reads of the disk', need: workload.reads, limit: LIMITS.diskReads, unit: '/s' },
    ]),
    dollars: {
      compute: vcpus * AWS.vcpuMonth,
      storage: (disk / GB) * AWS.diskGbMonth,
      egress: egressOf(gigabytesOut(work)),
    },
  };
}

/** Memory of a machine without that of its database. @param {number} processes @param {number} imageProcesses @param {number} cache bytes */
function memoryOf(processes, imageProcesses, cache) {
  return (
    processes * BYTES.process +
    imageProcesses * BYTES.imageProcess +
    (cache / BYTES.variant) * BYTES.cacheIndex
  );
}

/** A round of the sweep must end before the next one begins. @param {number} cache bytes of one process */
function sweepOf(cache) {
  const objects = cache / BYTES.variant / ASSUMED.variantsPerImage;
  const seconds = (objects * CPU_MS.sweptObject) / 1000;
  return { resource: 'sweep of the cache', need: seconds, limit: 30 * ASSUMED.load, unit: 's' };
}

/**
 * Servers of four cores with one process each, PostgreSQL and a bucket. The load balancer chooses the server by the path,
 * so that their caches hold different variants.
 *
 * @param {Workload} workload
 * @returns {Plan}
 */
export function fleet(workload) {
  let servers = 2;
  for (;;) {
    const hits = hitsFor(Math.min(1, (servers * LIMITS.fleetDisk) / variantBytes(workload)));
    const work = perSecond(workload, hits);
    const { reads, images } = coresFor(work, CPU_MS.postgresRow);
    const needed = Math.max(
      reads / ASSUMED.load, // one process each
      (reads + images) / ASSUMED.load / LIMITS.fleetVcpus,
      work.bits / ASSUMED.load / LIMITS.fleetNetworkBits,
    );
    if (needed <= servers) return planOf(workload, { hits, servers, work });
    servers = Math.ceil(Math.max(servers + 1, Math.min(needed, servers * 1.1)));
  }
}

/**
 * @param {Workload} workload
 * @param {{ hits: number, servers: number, work: ReturnType<typeof perSecond> }} found
 * @returns {Plan}
 */
function planOf(workload, { hits, servers, work }) {
  const cache = Math.min(servers * LIMITS.fleetDisk, variantBytes(workload));
  const rows = workload.images * BYTES.postgresRow;
  const vcpus = Math.max(2, Math.ceil((workload.reads * CPU_MS.inPostgres) / 1000 / ASSUMED.load));
  // A quarter of the rows in memory serves most reads.
  const forMemory = Math.ceil(rows / 4 / AWS.memoryPerVcpu);
  const database = Math.max(vcpus, Math.min(forMemory, LIMITS.databaseVcpus));
  const missed = workload.reads * (1 - hitsFor(Math.min(1, (database * AWS.memoryPerVcpu) / rows)));
  const gets = (work.masters + work.encodes) * MONTH * ASSUMED.meanOfPeak;
  const memory = memoryOf(1, LIMITS.fleetVcpus, cache / servers);
  return {
    hits,
    machines: counted(servers, 'server', 'servers'),
    resources: firstOf([
      { resource: 'cores of PostgreSQL', need: vcpus, limit: LIMITS.databaseVcpus, unit: '' },
      { resource: 'disk of PostgreSQL', need: rows, limit: LIMITS.databaseBytes, unit: 'B' },
      { resource: 'reads of its disk', need: missed, limit: LIMITS.databaseReads, unit: '/s' },
      {
        resource: 'memory of a server',
        need: memory,
        limit: LIMITS.fleetVcpus * AWS.memoryPerVcpu,
        unit: 'B',
      },
      sweepOf(cache / servers),
    ]),
    dollars: {
      compute: servers * LIMITS.fleetVcpus * AWS.vcpuMonth,
      database: database * AWS.databaseVcpuMonth + (rows / GB) * AWS.databaseGbMonth,
      storage:
        ((workload.images * BYTES.master) / GB) * AWS.s3GbMonth + (cache / GB) * AWS.diskGbMonth,
      requests: gets * AWS.s3Get + work.uploads * MONTH * AWS.s3Put,
      egress: egressOf(gigabytesOut(work)),
    },
  };
}

/**
 * Cloudflare: a Worker, one D1 database, R2 and the Images binding. Private variants are in no cache that data centres
 * share, so nearly every read of one is a transformation.
 *
 * @param {Workload} workload
 * @returns {Plan}
 */
export function workers(workload) {
  const hits = (1 - ASSUMED.privateShare) * ASSUMED.edgeHits;
  const work = perSecond(workload, hits);
  const month = (/** @type {number} */ each) => each * MONTH * ASSUMED.meanOfPeak;
  const requests = month(workload.reads);
  const uploads = work.uploads * MONTH;
  const rows = workload.images * BYTES.sqliteRow;
  const beyond = (
    /** @type {number} */ used,
    /** @type {{ included: number, price: number }} */ { included, price },
  ) => Math.max(0, used - included) * price;
  return {
    hits,
    machines: `${Math.ceil(rows / D1.bytes)} × the largest database`,
    resources: firstOf([
      { resource: 'size of D1', need: rows, limit: D1.bytes, unit: 'B' },
      { resource: 'queries of D1', need: workload.reads, limit: D1.queriesPerSecond, unit: '/s' },
      { resource: 'storage of D1 in an account', need: rows, limit: D1.accountBytes, unit: 'B' },
    ]),
    dollars: {
      compute:
        CLOUDFLARE.plan +
        beyond(requests, CLOUDFLARE.requests) +
        beyond(requests * ASSUMED.workerCpuMs, CLOUDFLARE.cpuMs),
      transformations: month(work.encodes) * CLOUDFLARE.transformation,
      database:
        beyond(requests * D1_ROWS.read, CLOUDFLARE.d1RowsRead) +
        beyond(uploads * D1_ROWS.upload, CLOUDFLARE.d1RowsWritten) +
        (rows / GB) * CLOUDFLARE.d1GbMonth,
      storage: ((workload.images * BYTES.master) / GB) * CLOUDFLARE.r2GbMonth,
      requests:
        month(work.masters + work.encodes) * CLOUDFLARE.r2ClassB + uploads * CLOUDFLARE.r2ClassA,
    },
  };
}
