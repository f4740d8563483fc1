import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openD1Records } from '@auraimage/records-sql/d1';
import { Miniflare } from 'miniflare';
import { readMigrations } from '../adapters/records-sql/dist/database/migration-files.js';
import {
  createBenchProject,
  newImage,
  openFilledPostgres,
  openFilledRecords,
} from './support/filled-records.mjs';
import { heading, table } from './support/print.mjs';
import { treeCpuSeconds } from './support/processes.mjs';
import { loadTypeScript } from './support/typescript.mjs';

const CONNECTIONS = 32;
const POINT_READS = 20_000;
const ROWS = 50_000;
const USAGE = { names: 1000, writes: 20 };

/** What rows cost: CPU time to read and to write them, bytes, and how many D1 counts. For `bench/simulation/units.mjs`. */
export async function benchRows() {
  const sqlite = await inSqlite();
  const postgres = await inPostgres();
  heading('CPU time of a point read in PostgreSQL');
  table([['', 'CPU ms'], ...postgres.reads]);
  heading('CPU time of usage, and of rows that it changes by one statement');
  table([
    ['', 'CPU ms of a row', 'of a row of many'],
    ['SQLite', ...sqlite.usage],
    ['PostgreSQL, server and database', ...postgres.usage],
  ]);
  heading('Rows that D1 counts as written');
  table([['', 'rows'], ...(await rowsInD1())]);
  heading('Bytes in the database for an image, with indexes');
  table([
    ['', 'row', 'audit entry'],
    ['SQLite', ...sqlite.bytes],
    ['PostgreSQL', ...postgres.bytes],
  ]);
}

async function inSqlite() {
  const folder = await mkdtemp(join(tmpdir(), 'aura-bench-'));
  const records = await openFilledRecords(folder, ROWS);
  try {
    const usage = await usageOf(records);
    return { usage, bytes: await bytesOf(records) };
  } finally {
    await records.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function inPostgres() {
  const { startPostgres } = /** @type {typeof import('../tests/postgres/support/server.js')} */ (
    await loadTypeScript('tests/postgres/support/server.ts')
  );
  const server = await startPostgres({ settings: ['shared_buffers=256MB'] });
  try {
    const records = await openFilledPostgres(await server.createDatabase(), ROWS);
    const pid = server.process().pid ?? 0;
    const reads = await pointReads(records, pid);
    const usage = await usageOf(records, pid);
    const bytes = await bytesOf(records, 'TRUNCATE images');
    await records.close();
    return { reads, usage, bytes };
  } finally {
    await server.stop();
  }
}

/**
 * Of rows that were inserted in the order of uploads, which leaves space in the pages of indexes.
 *
 * @param {Pick<Awaited<ReturnType<typeof openFilledPostgres>>, 'run' | 'bytes'>} records
 * @param {string} [empty] deletes all images, and what is left of them
 */
async function bytesOf({ run, bytes }, empty = 'DELETE FROM images') {
  await run('CREATE TABLE moved AS SELECT * FROM images');
  await run(empty);
  await run('INSERT INTO images SELECT * FROM moved ORDER BY random()');
  const { images = 0, audit_log = 0 } = await bytes();
  return [images, audit_log].map((all) => (all / ROWS).toFixed(0));
}

/** @param {number} count @param {number} [unseen] @param {number} [reads] @returns {import('@auraimage/ports').UsageDelta} */
function usageOfImages(count, unseen = 0, reads = 10) {
  const named = { reads, sentBytes: 600_000, encodeMilliseconds: 0, unseen: 0 };
  const names = new Map(Array.from({ length: count }, (_, at) => [`image-${at}.jpg`, named]));
  const others = { ...named, unseen };
  const hour = Date.now() - (Date.now() % 3_600_000);
  return { project: 'bench', hour, counts: { readsOk: 1 }, named: { image: { names, others } } };
}

/**
 * Of writes of usage: a row of a name, and a row of those that all change when a name was dropped.
 *
 * @param {Pick<Awaited<ReturnType<typeof openFilledPostgres>>, 'records'>} filled
 * @param {number} [database] its process, if that is not this one
 */
async function usageOf({ records }, database) {
  const cpuMs = async (/** @type {import('@auraimage/ports').UsageDelta} */ delta) => {
    const theirs = database === undefined ? 0 : await treeCpuSeconds(database);
    const own = process.cpuUsage();
    for (let write = 0; write < USAGE.writes; write++) await records.usage.add([delta]);
    const { user, system } = process.cpuUsage(own);
    const after = database === undefined ? 0 : await treeCpuSeconds(database);
    return ((user + system) / 1000 + (after - theirs) * 1000) / USAGE.writes;
  };
  await cpuMs(usageOfImages(USAGE.names));
  const all = await cpuMs(usageOfImages(USAGE.names));
  const none = await cpuMs(usageOfImages(0));
  const raised = await cpuMs(usageOfImages(0, 1));
  return [all - none, raised - none].map((ms) => (ms / USAGE.names).toFixed(4));
}

/** The binding outside of workerd takes no Buffer. */
const plain = (/** @type {unknown} */ value) =>
  value instanceof Uint8Array ? Uint8Array.from(value) : value;

/** What D1 counts as written, as its simulation tells it. */
async function rowsInD1() {
  const worker = new Miniflare({
    modules: true,
    script: 'export default { fetch: () => new Response() };',
    d1Databases: ['DB'],
  });
  let written = 0;
  const database = await worker.getD1Database('DB');
  /** Statements by what wraps them. @type {WeakMap<object, ReturnType<typeof database.prepare>>} */
  const without = new WeakMap();
  /** @type {import('@auraimage/records-sql/d1').D1RecordsOptions['binding']} */
  const binding = {
    withSession: (constraint) => {
      const session = database.withSession(constraint);
      return {
        prepare(sql) {
          const statement = session.prepare(sql);
          const wrapped = {
            bind: (/** @type {unknown[]} */ ...values) => statement.bind(...values.map(plain)),
            all: () => statement.all(),
          };
          without.set(wrapped, statement);
          return wrapped;
        },
        async batch(statements) {
          const results = await session.batch(statements.map((each) => without.get(each) ?? each));
          for (const { meta } of results) written += meta.rows_written;
          return results;
        },
      };
    },
  };
  const migrations = readMigrations('sqlite');
  const records = await openD1Records({ binding, masterKey: new Uint8Array(32), migrations });
  const rowsOf = async (/** @type {() => Promise<unknown>} */ work) => {
    written = 0;
    await work();
    return String(written);
  };
  try {
    const { project } = await createBenchProject(records);
    const write = (/** @type {import('@auraimage/ports').UsageDelta} */ delta) =>
      rowsOf(() => records.usage.add([delta]));
    return [
      ['usage: 100 new names of an hour', await write(usageOfImages(100))],
      ['usage: the same names again', await write(usageOfImages(100))],
      ['usage: one more, and all of the day change', await write(usageOfImages(0, 1))],
      [
        'upload, with its audit entry',
        await rowsOf(() => records.images.insert(newImage(project, 1))),
      ],
    ];
  } finally {
    await records.close();
    await worker.dispose();
  }
}

/**
 * As many at once as there are connections of clients.
 *
 * @param {Awaited<ReturnType<typeof openFilledPostgres>>} records
 * @param {number} server
 */
async function pointReads(records, server) {
  const read = async (/** @type {number} */ count) => {
    for (let each = 0; each < count; each++) await records.images.find(records.address());
  };
  const lanes = (/** @type {number} */ count) =>
    Promise.all(Array.from({ length: CONNECTIONS }, () => read(count / CONNECTIONS)));
  await lanes(POINT_READS / 4);
  const before = await treeCpuSeconds(server);
  const own = process.cpuUsage();
  await lanes(POINT_READS);
  const theirs = ((await treeCpuSeconds(server)) - before) * 1000;
  const { user, system } = process.cpuUsage(own);
  return [
    ['in PostgreSQL', (theirs / POINT_READS).toFixed(4)],
    ['in the server', ((user + system) / 1000 / POINT_READS).toFixed(4)],
  ];
}
