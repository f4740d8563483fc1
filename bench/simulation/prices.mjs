// US dollars. Prices change: look at the pages that are named, and run `npm run docs`.

/**
 * Virtual machines, block storage, PostgreSQL and S3 of AWS in us-east-1, on demand: secondary sources of June 2026 (EC2
 * m7g.large $0.0816 an hour for 2 vCPUs and 8 GB; RDS gp3 $0.115 per GB) and the price pages. Machines of providers that
 * include traffic cost a fraction.
 */
export const AWS = {
  vcpuMonth: (0.0816 / 2) * 730,
  memoryPerVcpu: 4e9,
  diskGbMonth: 0.08,
  /** db.m7g, single zone: twice the machine. */
  databaseVcpuMonth: 2 * (0.0816 / 2) * 730,
  databaseGbMonth: 0.115,
  s3GbMonth: 0.023,
  s3Put: 5 / 1e6,
  s3Get: 0.4 / 1e6,
  /** [GB a month up to, price per GB] */
  egress: /** @type {const} */ ([
    [10_000, 0.09],
    [50_000, 0.085],
    [150_000, 0.07],
    [Number.POSITIVE_INFINITY, 0.05],
  ]),
};

/** developers.cloudflare.com, pages of April to August 2026: Workers Paid, R2, D1, Images. */
export const CLOUDFLARE = {
  plan: 5,
  requests: { included: 10e6, price: 0.3 / 1e6 },
  cpuMs: { included: 30e6, price: 0.02 / 1e6 },
  r2GbMonth: 0.015,
  r2ClassA: 4.5 / 1e6,
  r2ClassB: 0.36 / 1e6,
  d1RowsRead: { included: 25e9, price: 0.001 / 1e6 },
  d1RowsWritten: { included: 50e6, price: 1 / 1e6 },
  d1GbMonth: 0.75,
  /** Calls of the binding in a month. */
  transformation: 0.5 / 1e3,
};

/** Limits of Cloudflare, the same pages. A database answers one query at a time. */
export const D1 = { bytes: 10e9, queriesPerSecond: 1000, accountBytes: 1e12 };
