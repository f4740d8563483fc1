import {
  ASSUMED,
  coresFor,
  GB,
  gigabytesOut,
  hitsFor,
  MONTH,
  perSecond,
  USAGE_SECONDS,
  usageOf,
  usageSeconds,
  variantBytes,
} from './load.mjs';
import { AWS, CLOUDFLARE, D1, egressOf, HETZNER, trafficOf } from './prices.mjs';
import { BYTES, CPU_MS, D1_ROWS } from './units.mjs';

/** @typedef {import('./load.mjs').Workload} Workload */

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

const SERVERS = 'servers, chosen by the path';
const INSTALLATIONS = 'installations, by project';

/** @typedef {{ resource: string, need: number, limit: number, unit: string, add: string }} Resource add: what, when it is used up */
/**
 * @typedef {object} Plan
 * @property {number} hits share of reads of variants that the caches answer
 * @property {string} machines
 * @property {readonly Resource[]} resources the one that is used up first comes first
 * @property {Readonly<Record<string, number>>} dollars a month
 * @property {number} usageRows written in a second, by all processes
 * @property {Readonly<Record<string, number>>} [elsewhere] dollars a month with machines that include traffic
 */

/** @param {number} count @param {string} one @param {string} several */
const counted = (count, one, several) => `${count} ${count === 1 ? one : several}`;

/** @param {readonly Resource[]} resources */
const firstOf = (resources) => [...resources].sort((a, b) => b.need / b.limit - a.need / a.limit);

/** @param {number} need seconds of each second @param {string} add */
function usageResource(need, add) {
  return { resource: 'usage in a second', need, limit: ASSUMED.load, unit: 's', add };
}

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
  const usage = usageOf(workload.reads, readers, USAGE_SECONDS.process);
  return {
    hits,
    usageRows: usage.single + usage.together,
    machines: counted(readers, 'process', 'processes'),
    resources: firstOf([
      { resource: 'cores', need: cores, limit: LIMITS.cores, unit: '', add: SERVERS },
      { resource: 'memory', need: memory, limit: LIMITS.memory, unit: 'B', add: SERVERS },
      { resource: 'disk', need: disk, limit: LIMITS.disk, unit: 'B', add: 'a bucket' },
      {
        resource: 'network',
        need: work.bits / ASSUMED.load,
        limit: LIMITS.networkBits,
        unit: 'bit/s',
        add: SERVERS,
      },
      sweepOf(cache / readers, 'processes (`AURA_WORKERS`), or a smaller cache'),
      {
        resource: 'reads of the disk',
        need: workload.reads,
        limit: LIMITS.diskReads,
        unit: '/s',
        add: 'memory',
      },
      usageResource(usageSeconds(usage, CPU_MS.sqliteUsage), 'projects'),
    ]),
    dollars: {
      compute: vcpus * AWS.vcpuMonth,
      storage: (disk / GB) * AWS.diskGbMonth,
      egress: egressOf(gigabytesOut(work)),
    },
    elsewhere: {
      compute: vcpus * HETZNER.vcpuMonth,
      storage: (disk / GB) * HETZNER.diskGbMonth,
      traffic: trafficOf(1, gigabytesOut(work)),
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

/** A round of the sweep must end before the next one begins. @param {number} cache bytes of one process @param {string} add */
function sweepOf(cache, add) {
  const objects = cache / BYTES.variant / ASSUMED.variantsPerImage;
  const seconds = (objects * CPU_MS.sweptObject) / 1000;
  return {
    resource: 'sweep of the cache',
    need: seconds,
    limit: 30 * ASSUMED.load,
    unit: 's',
    add,
  };
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
  const usage = usageOf(workload.reads, servers, USAGE_SECONDS.process);
  const writing = usageSeconds(usage, CPU_MS.postgresUsage);
  const reading = (workload.reads * CPU_MS.inPostgres) / 1000;
  const vcpus = Math.max(2, Math.ceil((reading + writing) / ASSUMED.load));
  // A quarter of the rows in memory serves most reads.
  const forMemory = Math.ceil(rows / 4 / AWS.memoryPerVcpu);
  const database = Math.max(vcpus, Math.min(forMemory, LIMITS.databaseVcpus));
  const missed = workload.reads * (1 - hitsFor(Math.min(1, (database * AWS.memoryPerVcpu) / rows)));
  const gets = (work.masters + work.encodes) * MONTH * ASSUMED.meanOfPeak;
  const memory = memoryOf(1, LIMITS.fleetVcpus, cache / servers);
  const originals = (workload.images * BYTES.master) / GB;
  const puts = work.uploads * MONTH;
  return {
    hits,
    usageRows: usage.single + usage.together,
    machines: counted(servers, 'server', 'servers'),
    resources: firstOf([
      {
        resource: 'cores of PostgreSQL',
        need: vcpus,
        limit: LIMITS.databaseVcpus,
        unit: '',
        add: INSTALLATIONS,
      },
      {
        resource: 'disk of PostgreSQL',
        need: rows,
        limit: LIMITS.databaseBytes,
        unit: 'B',
        add: INSTALLATIONS,
      },
      {
        resource: 'reads of its disk',
        need: missed,
        limit: LIMITS.databaseReads,
        unit: '/s',
        add: 'memory for it',
      },
      {
        resource: 'memory of a server',
        need: memory,
        limit: LIMITS.fleetVcpus * AWS.memoryPerVcpu,
        unit: 'B',
        add: SERVERS,
      },
      sweepOf(cache / servers, 'servers, or smaller caches'),
      usageResource(writing, 'projects'),
    ]),
    dollars: {
      compute: servers * LIMITS.fleetVcpus * AWS.vcpuMonth,
      database: database * AWS.databaseVcpuMonth + (rows / GB) * AWS.databaseGbMonth,
      storage: originals * AWS.s3GbMonth + (cache / GB) * AWS.diskGbMonth,
      requests: gets * AWS.s3Get + puts * AWS.s3Put,
      egress: egressOf(gigabytesOut(work)),
    },
    elsewhere: {
      compute: servers * LIMITS.fleetVcpus * HETZNER.vcpuMonth,
      database: database * HETZNER.vcpuMonth + (rows / GB) * HETZNER.diskGbMonth,
      storage: originals * CLOUDFLARE.r2GbMonth + (cache / GB) * HETZNER.diskGbMonth,
      requests: gets * CLOUDFLARE.r2ClassB + puts * CLOUDFLARE.r2ClassA,
      traffic: trafficOf(servers, gigabytesOut(work)),
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
  const usage = usageOf(
    workload.reads,
    workload.reads / ASSUMED.isolateReads,
    USAGE_SECONDS.isolate,
  );
  const usageRows = usage.single + usage.together;
  const beyond = (
    /** @type {number} */ used,
    /** @type {{ included: number, price: number }} */ { included, price },
  ) => Math.max(0, used - included) * price;
  return {
    hits,
    usageRows,
    machines: `${Math.ceil(rows / D1.bytes)} × the largest database`,
    resources: firstOf([
      { resource: 'size of D1', need: rows, limit: D1.bytes, unit: 'B', add: INSTALLATIONS },
      {
        resource: 'queries of D1',
        need: workload.reads,
        limit: D1.queriesPerSecond,
        unit: '/s',
        add: INSTALLATIONS,
      },
      {
        resource: 'storage of D1 in an account',
        need: rows,
        limit: D1.accountBytes,
        unit: 'B',
        add: 'accounts',
      },
      usageResource(usageSeconds(usage, CPU_MS.sqliteUsage), INSTALLATIONS),
    ]),
    dollars: {
      compute:
        CLOUDFLARE.plan +
        beyond(requests, CLOUDFLARE.requests) +
        beyond(requests * ASSUMED.workerCpuMs, CLOUDFLARE.cpuMs),
      transformations: month(work.encodes) * CLOUDFLARE.transformation,
      database:
        beyond(requests * D1_ROWS.read, CLOUDFLARE.d1RowsRead) +
        beyond(uploads * D1_ROWS.upload + month(usageRows), CLOUDFLARE.d1RowsWritten) +
        (rows / GB) * CLOUDFLARE.d1GbMonth,
      storage: ((workload.images * BYTES.master) / GB) * CLOUDFLARE.r2GbMonth,
      requests:
        month(work.masters + work.encodes) * CLOUDFLARE.r2ClassB + uploads * CLOUDFLARE.r2ClassA,
    },
  };
}
