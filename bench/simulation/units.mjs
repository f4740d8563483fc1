// What one of each costs: measured by `npm run bench -- units`, `-- rows` and `-- growth` with 10,000,000 images, on 2026-11-30, on
// two shared cores of an AMD EPYC with Node 20. What is not measured here says so.

const MB = 1e6;
const KB = 1e3;

/** Times as much CPU time as its parts alone that a mixed load of reads, variants and uploads takes: measured 1.3 to 1.5. */
export const MIXED = 1.5;

/** CPU milliseconds of the server and its image processes. */
export const CPU_MS = {
  /** A public image or a variant from the cache of this machine. */
  cachedRead: 0.065,
  /** A private master from a folder: token, row and file. */
  privateRead: 0.1,
  /** The same of 1 MB. */
  largeRead: 0.37,
  /** What the row takes more if it comes from PostgreSQL and not from the memory of the process. */
  postgresRow: 0.038,
  /** In PostgreSQL itself. */
  inPostgres: 0.018,
  upload: 56,
  /** A new variant: the mean of WebP of 400 px (52), and of WebP (105), JPEG (52) and AVIF (109) of 1,200 px. */
  variant: 80,
  /** Comparing one object of the cache with the database, every half minute. */
  sweptObject: 0.0036,
  /** A row of usage in SQLite, and one of many that a statement changes together. */
  sqliteUsage: { row: 0.013, together: 0.0013 },
  /** The same in PostgreSQL, with what the server needs. */
  postgresUsage: { row: 0.027, together: 0.005 },
};

export const BYTES = {
  master: 1 * MB,
  variant: 60 * KB,
  /** An image's row with its indexes, and the entry of the audit log about its upload. */
  sqliteRow: 1365,
  postgresRow: 1813,
  /** Index in memory of one file of the cache's disk. */
  cacheIndex: 400,
  process: 125 * MB,
  imageProcess: 110 * MB,
};

/** Rows that D1 counts: written for an upload with its indexes and its audit entry (measured); read for one read of an image. */
export const D1_ROWS = { upload: 11, read: 2 };
