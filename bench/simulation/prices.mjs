// US dollars, without tax and discounts. Prices change: look at the pages that are named, and run `npm run docs`.

/**
 * Virtual machines, block storage, PostgreSQL and S3 of AWS in us-east-1, on demand. Lists of 2026: EC2 m7g.large at
 * factualminds.com (17 June), RDS at usage.ai (June), egress at leanopstech.com (27 April; negotiable from 500 TB on), S3 at
 * cloudburn.io (13 March). Requests of S3, and block storage: the pages of AWS, no date.
 */
export const AWS = {
  vcpuMonth: (0.0816 / 2) * 730,
  memoryPerVcpu: 4e9,
  diskGbMonth: 0.08,
  /** db.m7g, single zone. Assumed: twice the machine. */
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

/** European Central Bank, 28 October 2026. */
const DOLLARS_PER_EURO = 1.1133;

/**
 * Hetzner Cloud: CCX23 (4 dedicated virtual cores, 16 GB) from its price API on 28 October 2026, in the list
 * moveinfra/eu-cloud-prices; volumes and traffic from the same API on 27 May 2026. It has no PostgreSQL: this is a machine.
 * No price of 2026 was found for its buckets, so the originals of servers are in R2.
 */
export const HETZNER = {
  vcpuMonth: (85.99 / 4) * DOLLARS_PER_EURO,
  diskGbMonth: 0.0572 * DOLLARS_PER_EURO,
  /** GB a month of each machine. */
  traffic: { included: 20_000, price: 0.001 * DOLLARS_PER_EURO },
};

/** developers.cloudflare.com: Workers Paid, R2, D1 as on 3 August 2026 (in halideworks/onelight), Images in 2026. */
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

/** Price at AWS of what goes out in a month. @param {number} gigabytes */
export function egressOf(gigabytes) {
  let [left, from, price] = [gigabytes, 0, 0];
  for (const [until, each] of AWS.egress) {
    const part = Math.min(left, until - from);
    price += part * each;
    left -= part;
    from = until;
  }
  return price;
}

/** Price of what goes out of machines whose price includes some of it. @param {number} machines @param {number} gigabytes a month */
export const trafficOf = (machines, gigabytes) =>
  Math.max(0, gigabytes - machines * HETZNER.traffic.included) * HETZNER.traffic.price;
