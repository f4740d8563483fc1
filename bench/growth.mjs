import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createObjectRows } from '@auraimage/records-sql';
import {
  newImage,
  ORIGIN,
  openFilledPostgres,
  openFilledRecords,
} from './support/filled-records.mjs';
import { heading, median, progress, ratio, rounded, table } from './support/print.mjs';
import { loadTypeScript } from './support/typescript.mjs';

const FEW = 1000;
const MANY = Number(process.env['BENCH_IMAGES'] ?? 1_000_000);
const ROUNDS = 41;
const HOUR = 3_600_000;

/**
 * What the records do with few images and with many, in the same run and in turns: of the same images, and in the middle
 * of all. `BENCH_IMAGES` is how many there are, `BENCH_DATABASE`
 * is `sqlite` or `postgres` for one of them, `BENCH_FOLDER` keeps the SQLite database for the next run.
 */
export async function benchGrowth() {
  const only = process.env['BENCH_DATABASE'];
  if (only !== 'postgres') await inSqlite();
  if (only !== 'sqlite') await inPostgres();
}

async function inSqlite() {
  const kept = process.env['BENCH_FOLDER'];
  const folder = kept ?? (await mkdtemp(join(tmpdir(), 'aura-bench-')));
  try {
    const few = await openFilledRecords(folder, FEW);
    const many = await openFilledRecords(folder, MANY);
    await compare('SQLite', few, many);
  } finally {
    if (kept === undefined) await rm(folder, { recursive: true, force: true });
  }
}

async function inPostgres() {
  const { startPostgres } = /** @type {typeof import('../tests/postgres/support/server.js')} */ (
    await loadTypeScript('tests/postgres/support/server.ts')
  );
  // Syncs as in production. The write-ahead log of the filling needs no more space than the tables.
  const settings = ['fsync=on', 'shared_buffers=1GB', 'maintenance_work_mem=512MB'];
  const postgres = await startPostgres({ settings: [...settings, 'max_wal_size=4GB'] });
  try {
    const few = await openFilledPostgres(await postgres.createDatabase(), FEW);
    const many = await openFilledPostgres(await postgres.createDatabase(), MANY);
    await compare('PostgreSQL', few, many);
  } finally {
    await postgres.stop();
  }
}

/**
 * @typedef {Awaited<ReturnType<typeof openFilledRecords>>} Sqlite
 * @typedef {Awaited<ReturnType<typeof openFilledPostgres>>} Postgres
 * @typedef {Sqlite | Postgres} Filled
 * @typedef {(filled: Filled, round: number) => Promise<unknown>} Work
 * @typedef {{ name: string, work: Work, before?: Work, isLinear?: boolean }} Operation
 *   `before` prepares a round and is not measured
 */

/**
 * @param {string} name
 * @param {Filled} few
 * @param {Filled} many
 */
async function compare(name, few, many) {
  try {
    heading(`Records of ${rounded(FEW)} and of ${rounded(MANY)} images (${name})`);
    const rows = [];
    for (const operation of OPERATIONS) {
      rows.push(await measure(operation, few, many));
      progress(rows.at(-1)?.join(', ') ?? ''); // at once: filling takes long
    }
    table([['', `ms, ${rounded(FEW)}`, `ms, ${rounded(MANY)}`, 'ratio'], ...rows]);
    await printBytes(name, many);
  } finally {
    await Promise.all([few.close(), many.close()]);
  }
}

/**
 * Milliseconds of the median, alternating.
 *
 * @param {Operation} operation
 * @param {Filled} few
 * @param {Filled} many
 */
async function measure({ name, work, before, isLinear = false }, few, many) {
  /** @type {[number[], number[]]} */
  const runs = [[], []];
  const rounds = isLinear ? 3 : ROUNDS;
  for (let round = 0; round < rounds; round++) {
    for (const [at, filled] of [few, many].entries()) {
      await before?.(filled, round);
      const started = performance.now();
      await work(filled, round);
      runs[at]?.push(performance.now() - started);
    }
  }
  // The first rounds load pages and prepare statements.
  const [a = 0, b = 0] = runs.map((times) => median(times.slice(isLinear ? 0 : 5)));
  return [name, a.toFixed(3), b.toFixed(3), ratio(b / a)];
}

/**
 * @param {string} name
 * @param {Filled} many
 */
async function printBytes(name, many) {
  const bytes = Object.entries(await many.bytes()).sort(([, a], [, b]) => b - a);
  heading(`The largest tables with their indexes (${name})`);
  const rows = bytes.slice(0, 4).map(([each, size]) => [each, rounded(size / 1e6)]);
  table([['table', 'MB'], ...rows]);
}

const project = 'bench';
const now = () => Date.now();
const LIMITS = { perWebhook: 10, perProject: 10 };
/** Reads of 20 images, since one is too short for a clock. */
const BATCH = 20;

/** @param {(filled: Filled, round: number) => import('@auraimage/protocol').ImageAddress} choose @returns {Work} */
const find = (choose) => async (filled, round) => {
  for (let each = 0; each < BATCH; each++) {
    const address = choose(filled, round * BATCH + each);
    if ((await filled.images.find(address)) === null) throw new Error(`no ${address.key}`);
  }
};

/** @param {import('@auraimage/ports').ImageQuery} query @returns {Work} */
const list = (query) => (filled) => filled.images.list(project, query);

/** @param {Omit<import('@auraimage/ports').FolderQuery, 'limit'>} query @returns {Work} */
const folder = (query) => (filled) => filled.images.listFolder(project, { ...query, limit: 100 });

/** Ids of the objects of the same images. @type {WeakMap<Filled, string[]>} */
const sameObjects = new WeakMap();
/** @param {Filled} filled */
async function objectsOf(filled) {
  const known = sameObjects.get(filled);
  if (known !== undefined) return known;
  const { images } = await filled.images.list(project, { limit: 200 });
  const ids = images.map(({ objectId }) => objectId);
  sameObjects.set(filled, ids);
  return ids;
}

const counted = { reads: 10, sentBytes: 1_000_000, encodeMilliseconds: 0, unseen: 0 };
const names = new Map(Array.from({ length: 100 }, (_, at) => [`photo-${at}.jpg`, counted]));
const delta = {
  project,
  counts: { readsOk: 1000, sentBytes: 1_000_000 },
  named: { image: { names, others: { ...counted, reads: 0, sentBytes: 0 } } },
};

/** @type {readonly Operation[]} */
const OPERATIONS = [
  {
    name: `point read, ${BATCH} of the same images`,
    work: find(({ same }, at) => same(at % (5 * BATCH))),
  },
  { name: `point read, ${BATCH} random images`, work: find(({ address }) => address()) },
  { name: 'list, first page of 100', work: list({ limit: 100 }) },
  {
    name: 'list, a page in the middle',
    work: (filled) => filled.images.list(project, { limit: 100, cursor: filled.middle }),
  },
  { name: 'list, private ones', work: list({ limit: 100, visibility: 'private' }) },
  { name: 'list, by SHA-256', work: list({ limit: 100, sha256: 'a'.repeat(64) }) },
  { name: 'search, a page of hits', work: list({ limit: 100, search: 'photo' }) },
  { name: 'search, no hit', work: list({ limit: 100, search: 'holiday' }), isLinear: true },
  { name: 'folder, first page', work: folder({ prefix: 'albums/2026/0000000/', grouped: false }) },
  {
    name: 'folder, a page in the middle',
    work: folder({
      prefix: 'albums/2026/0000000/',
      grouped: false,
      cursor: Buffer.from('/albums/2026/0000000/photo-000000499.jpg').toString('base64url'),
    }),
  },
  { name: 'folder, the root grouped', work: folder({ prefix: '', grouped: true }) },
  {
    name: 'folder that holds half of all images',
    work: folder({ prefix: 'albums/', grouped: true }),
  },
  {
    name: 'flip',
    work: ({ images, same }, round) =>
      images.setVisibility(same(round % 20), round % 40 < 20 ? 'public' : 'private', ORIGIN),
    before: ({ images, same }, round) =>
      images.setVisibility(same(round % 20), round % 40 < 20 ? 'private' : 'public', ORIGIN),
  },
  {
    name: "an upload's row",
    work: ({ images, project: id }, round) => images.insert(newImage(id, round)),
  },
  {
    name: 'deletion of one image',
    work: ({ images, project: id }, round) =>
      images.remove({ project, key: newImage(id, round).key }, ORIGIN),
  },
  {
    name: "an upload's keys and quota",
    work: ({ records }) => records.projects.uploadPolicy(project),
  },
  {
    name: 'usage write, 100 names',
    work: ({ records }) => records.usage.add([{ ...delta, hour: now() }]),
  },
  {
    name: 'usage of 90 days',
    work: (filled) => filled.records.usage.days(filled.project, 90, now()),
  },
  {
    name: 'busiest images of 30 days',
    work: (filled) => filled.records.usage.busiest(filled.project, 'image', 30, 100, now()),
  },
  {
    name: 'overview of a project',
    work: async ({ records, images, account }) => {
      const found = await records.members.listProjects(account);
      const ids = found.map((each) => each.project.id);
      await images.newest([project], 3);
      await records.usage.readsByDay(ids, 14, now());
    },
  },
  {
    name: 'audit log, first page',
    work: ({ records }) => records.audit.list({ project, limit: 100 }),
  },
  {
    name: 'audit log, a page in the middle',
    work: ({ records, middleEntry: cursor }) => records.audit.list({ project, limit: 100, cursor }),
  },
  {
    name: 'audit log of an account',
    work: ({ records, account }) => records.audit.list({ accountId: account, limit: 100 }),
  },
  {
    name: 'sweep of orphans, 1,000 rows',
    work: ({ records }) => createObjectRows(records.kysely).after('8', 1000),
  },
  {
    name: 'sweep of orphans, 200 objects',
    work: async (filled) => createObjectRows(filled.records.kysely).naming(await objectsOf(filled)),
  },
  {
    name: 'sweep of the cache, 200 objects',
    work: async (filled) => filled.images.versionsOf(await objectsOf(filled)),
  },
  {
    name: 'deliveries: claim and maintenance',
    work: async ({ records }) => {
      await records.deliveries.claim(10, LIMITS, HOUR);
      await records.deliveries.maintain();
      await records.deliveries.backlog();
    },
  },
  {
    name: 'retention of the audit log, 10 entries',
    work: ({ records }) => records.audit.removeOld(now(), 10),
  },
];
