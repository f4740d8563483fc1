import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { openPostgresRecords, openSqliteRecords } from '@auraimage/records-sql';
import pg from 'pg';

// The driver that the adapter itself uses.
const fromAdapter = createRequire(import.meta.resolve('@auraimage/records-sql'));
const { DatabaseSync } = fromAdapter('@photostructure/sqlite');

const PROJECT = 'bench';
const SECRETS = { secretKey: 'sk_live_none', serveSecret: 'psk_live_bench', projectName: PROJECT };
/** Images that every database has, with the same keys, as the newest ones. */
const SAME = 1000;
/** Images of a folder. */
const FOLDER = 500;
/** A prime: it maps the numbers of the images to times far apart, so that neighbours by time are not neighbours by key. */
const SCATTER = 982_451_653;
const NEWEST = 1_790_000_000_000;
/** Other projects with usage, for each so many images one. */
const IMAGES_PER_PROJECT = 10_000;
const HOUR = 3_600_000;
/** The audit log has an entry of the upload of each image, in this time. */
const AUDIT_SPAN = 400 * 24 * HOUR;

/** Who makes the changes. */
export const ORIGIN = /** @type {const} */ ({
  actor: { kind: 'system', name: 'bench' },
  address: '192.0.2.1',
});

/** An image that no database has. */
export const newImage = (/** @type {string} */ projectId, /** @type {number} */ round) => ({
  project: PROJECT,
  projectId,
  key: `${(round * 7919 + 1).toString(36).padStart(10, 'k')}-new.jpg`,
  type: /** @type {const} */ ('image/jpeg'),
  size: 100_000,
  width: 1600,
  height: 1200,
  frames: 1,
  hasAlpha: false,
  blurhash: 'LEHV6nWB2yk8pyo0adR*.7kCMdnj',
  sha256: String(round).padStart(64, 'a'),
  objectId: `${round}`.padStart(32, 'f'),
  fileName: 'new.jpg',
  createdAt: Date.now(),
  uploadedBy: ORIGIN,
});

/**
 * @typedef {import('@auraimage/records-sql').SqlRecords} SqlRecords
 * @typedef {Awaited<ReturnType<typeof openFilledRecords>>} FilledRecords
 * @typedef {(text: string) => Promise<Record<string, number>[]>} RunSql
 * @typedef {{ masterKey: string, account: string, project: string, others: string, count: number }} Filling
 */

/**
 * Records with a number of images in SQLite, inserted by SQL statements without the adapter. If an earlier run has left
 * them in the folder, they are used again.
 *
 * @param {string} folder that exists
 * @param {number} count 1,000 at least
 */
export async function openFilledRecords(folder, count) {
  const dataDir = join(folder, String(count));
  const file = join(dataDir, 'aura.db');
  const facts = join(dataDir, 'filled.json');
  const open = (/** @type {Uint8Array} */ masterKey) => openSqliteRecords({ file, masterKey });
  if (!existsSync(facts)) {
    await mkdir(dataDir);
    const empty = join(dataDir, 'empty.db');
    const created = await create((masterKey) => openSqliteRecords({ file: empty, masterKey }));
    // A copy, because the driver keeps the file open for a while, and the journal of an open file cannot be turned off.
    await copyFile(empty, file);
    await fillFile(file, created, count);
    await writeFile(facts, JSON.stringify({ ...created, count }));
  }
  const filled = await describe(open, JSON.parse(await readFile(facts, 'utf8')));
  const database = new DatabaseSync(file);
  return {
    ...filled,
    /** Settings of a server on these records. */
    server: { dataDir, secrets: SECRETS, settings: { AURA_MASTER_KEY: filled.masterKey } },
    bytes: async () => {
      /** @type {{ table: string, bytes: number }[]} */
      const found = database.prepare(SQLITE_BYTES).all();
      return Object.fromEntries(found.map(({ table, bytes }) => [table, bytes]));
    },
    /** Runs SQL without the adapter. */
    run: async (/** @type {string} */ text) => void database.exec(text),
    /** Makes a commit that changes no image. */
    commit: () => void database.exec('UPDATE projects SET used_bytes = used_bytes + 1'),
    async close() {
      database.close();
      await filled.records.close();
    },
  };
}

/**
 * @param {string} file
 * @param {Omit<Filling, 'count'>} created
 * @param {number} count
 */
async function fillFile(file, created, count) {
  // One for all statements: the driver keeps the memory of closed ones for a while.
  const database = new DatabaseSync(file);
  // Nothing of it has to survive a crash. Without a journal, there is no copy of it beside it.
  database.exec(`
    PRAGMA journal_mode = DELETE;
    PRAGMA journal_mode = OFF;
    PRAGMA synchronous = OFF;
    PRAGMA foreign_keys = OFF;
    PRAGMA cache_size = -2097152;
  `);
  try {
    await fill(created, async (text) => database.prepare(text).all(), SQLITE, count);
  } finally {
    database.exec('PRAGMA shrink_memory');
    database.close();
  }
}

/**
 * The same in an empty PostgreSQL database.
 *
 * @param {string} url
 * @param {number} count 1,000 at least
 */
export async function openFilledPostgres(url, count) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const sql = async (/** @type {string} */ text) => (await client.query(text)).rows;
  const open = (/** @type {Uint8Array} */ masterKey) => openPostgresRecords({ url, masterKey });
  const created = await create(open);
  await fill(created, sql, POSTGRES, count);
  const filled = await describe(open, { ...created, count });
  return {
    ...filled,
    server: {
      secrets: SECRETS,
      settings: { AURA_MASTER_KEY: filled.masterKey, AURA_DATABASE_URL: url },
    },
    run: async (/** @type {string} */ text) => void (await client.query(text)),
    async bytes() {
      const found = await sql(`SELECT relname, pg_total_relation_size(oid)::float8 AS bytes
        FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace`);
      return Object.fromEntries(found.map(({ relname, bytes }) => [String(relname), bytes ?? 0]));
    },
    async close() {
      await client.end();
      await filled.records.close();
    },
  };
}

/**
 * Creates a project, and an account for the other projects.
 *
 * @param {(masterKey: Uint8Array) => Promise<SqlRecords>} open
 */
async function create(open) {
  const masterKey = randomBytes(32);
  const records = await open(masterKey);
  try {
    const owned = await createBenchProject(records);
    const others = await records.registry.createAccount();
    return { masterKey: masterKey.toString('hex'), ...owned, others };
  } finally {
    await records.close();
  }
}

/**
 * @param {Omit<Filling, 'count'>} created
 * @param {RunSql} sql
 * @param {typeof SQLITE} dialect
 * @param {number} count
 */
async function fill(created, sql, dialect, count) {
  // Sorting for an index once is many times as fast as inserting into it row by row.
  const indexes = /** @type {{ name: unknown, owner: unknown, sql: unknown }[]} */ (
    await sql(dialect.indexes)
  );
  for (const { name, owner } of indexes) {
    await sql(
      owner === null ? `DROP INDEX ${name}` : `ALTER TABLE ${owner} DROP CONSTRAINT ${name}`,
    );
  }
  for (const statement of statementsOf(dialect, { ...created, count })) await sql(statement);
  for (const index of indexes) await sql(String(index.sql));
  for (const statement of dialect.afterwards) await sql(statement);
}

/**
 * @param {(masterKey: Uint8Array) => Promise<SqlRecords>} open
 * @param {Filling} filling
 */
async function describe(open, { masterKey, account, project, count }) {
  const records = await open(Buffer.from(masterKey, 'hex'));
  return {
    records,
    images: records.images,
    count,
    account,
    project,
    masterKey,
    /** @returns the address of one of the images, all equally likely */
    address: () => addressOf(Math.floor(Math.random() * count), count),
    /** @returns the address of one of those that every database has */
    same: (/** @type {number} */ number) => addressOf(number % SAME, count),
    /** Cursor of a list, behind half of all images. */
    middle: Buffer.from(`${middleOf(count)} ~`).toString('base64url'),
    /** Id of the entry of the audit log that half of all are older than. */
    middleEntry: await middleEntryOf(records),
  };
}

/** @param {SqlRecords} records */
async function middleEntryOf({ kysely }) {
  /** @type {ReturnType<typeof kysely.withTables<{ audit_log: { id: string, at: number } }>>} */
  const tables = kysely.withTables();
  const { id } = await tables
    .selectFrom('audit_log')
    .select('id')
    .where('at', '>=', NEWEST - AUDIT_SPAN / 2)
    .orderBy('at')
    .limit(1)
    .executeTakeFirstOrThrow();
  return id;
}

/**
 * An account with the project of all filled images.
 *
 * @param {Pick<SqlRecords, 'registry'>} records empty ones
 */
export async function createBenchProject({ registry }) {
  const account = await registry.createAccount();
  const { serveSecret } = SECRETS;
  const created = await registry.createProject(
    { accountId: account, name: PROJECT, serveSecret, allowedOrigins: [], quotaBytes: null },
    1,
    {
      accountId: account,
      actor: ORIGIN.actor,
      action: 'project.created',
      project: PROJECT,
      target: PROJECT,
      details: {},
      address: '',
    },
  );
  if (typeof created === 'string') throw new Error('the database is not empty');
  return { account, project: created.id };
}

/** Half of the images have generated keys, the others are in folders. */
const addressOf = (/** @type {number} */ number, /** @type {number} */ count) => ({
  project: PROJECT,
  key: number % 2 === 0 ? generatedKey(number, count) : folderKey(number),
});

const generatedKey = (/** @type {number} */ number, /** @type {number} */ count) => {
  const place = number < SAME ? number * step(SAME) + 1 : number * step(count);
  return `${place.toString(16).padStart(10, '0')}-photo-${number}.jpg`;
};

const folderKey = (/** @type {number} */ number) => {
  const folder = Math.floor(number / 2 / FOLDER);
  return `albums/2026/${String(folder).padStart(7, '0')}/photo-${String(number).padStart(9, '0')}.jpg`;
};

/** Distance of the random parts of keys: they fill all ten hexadecimal digits evenly. */
const step = (/** @type {number} */ count) => Math.floor(2 ** 40 / count);

const middleOf = (/** @type {number} */ count) =>
  count === SAME ? NEWEST - SAME / 2 : NEWEST - SAME - count / 2;

/**
 * @param {typeof SQLITE} dialect
 * @param {Filling} filling
 */
function statementsOf(dialect, { project, account, others, count }) {
  const { series, hex, text, sha, folder, rotated } = dialect;
  const images = (/** @type {{ key: string, from: string, at: string }} */ { key, from, at }) => `
    INSERT INTO images (
      project_id, key, visibility, type, size, width, height, blurhash, sha256, object_id, version,
      created_at, frames, has_alpha, file_name, metadata, search
    )
    SELECT '${project}', ${key}, CASE WHEN n % 3 = 0 THEN 'public' ELSE 'private' END,
      'image/jpeg', 100000, 1600, 1200, 'LEHV6nWB2yk8pyo0adR*.7kCMdnj', ${sha('n')},
      ${sha('-n', 32)}, 1, ${at}, 1, 0, 'IMG_' || n || '.jpg',
      CASE WHEN n % 4 = 0 THEN '{"customer":"' || n || '"}' ELSE '{}' END,
      'photo-' || n || '.jpg' || ${text('\n')} || 'img_' || n || '.jpg'
    FROM ${from}`;
  const generated = (/** @type {number} */ distance, /** @type {number} */ more) =>
    `${hex(`n * ${distance} + ${more}`)} || '-photo-' || n || '.jpg'`;
  const inFolder = `'albums/2026/' || ${folder(`n / 2 / ${FOLDER}`, 7)} || '/photo-' || ${folder('n', 9)} || '.jpg'`;
  const same = `${NEWEST} - n`;
  const older = `${NEWEST - SAME} - ${rotated(count)}`;
  const projects = Math.ceil(count / IMAGES_PER_PROJECT);
  const zeros = '0, '.repeat(9);
  return [
    // In the order of the keys. Those of the same images come last, since they are between the others.
    images({ key: generated(step(count), 0), from: series(SAME, count, 2), at: older }),
    images({ key: inFolder, from: series(1, SAME, 2), at: same }),
    images({ key: inFolder, from: series(SAME + 1, count, 2), at: older }),
    images({ key: generated(step(SAME), 1), from: series(0, SAME, 2), at: same }),
    `UPDATE projects SET image_count = ${count}, used_bytes = ${count * 100_000}`,
    `INSERT INTO audit_log (id, account_id, project_id, project_name, at, actor_kind, actor_name, action, target, details, address)
     SELECT ${sha('n', 36)}, '${account}', '${project}', '${PROJECT}', ${NEWEST - AUDIT_SPAN} + n * ${Math.floor(AUDIT_SPAN / count)},
       'key', 'server', 'image.uploaded', 'photo-' || n || '.jpg', '{"visibility":"private","size":100000}', '192.0.2.1'
     FROM ${series(0, count, 1)}`,
    `INSERT INTO projects (id, account_id, name, serve_secret, allowed_origins, created_at)
     SELECT 'other-' || n, '${others}', 'other-' || n, (SELECT serve_secret FROM projects LIMIT 1), '[]', ${NEWEST}
     FROM ${series(0, projects, 1)}`,
    // Every third hour of 90 days.
    `INSERT INTO usage_hours
     SELECT projects.id, ${NEWEST - (NEWEST % HOUR) - 90 * 24 * HOUR} + n * ${3 * HOUR}, 1, 100000, 0, 100, 10, ${zeros}NULL, 100000, 1
     FROM ${series(0, 720, 1)} CROSS JOIN projects`,
    `INSERT INTO named_usage
     SELECT projects.id, 'image', ${Math.floor(NEWEST / HOUR / 24)} - n / 100, 'photo-' || n || '.jpg', 10, 1000000, 0, 0
     FROM ${series(0, 3000, 1)} CROSS JOIN projects`,
  ];
}

const SQLITE_BYTES = `SELECT tbl_name AS "table", sum(pgsize) AS bytes
  FROM dbstat JOIN sqlite_schema USING (name) GROUP BY 1`;

const SQLITE = {
  /** With `owner` for those of a constraint. */
  indexes: `SELECT name, NULL AS owner, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL
    AND tbl_name IN ('images', 'audit_log')`,
  afterwards: /** @type {readonly string[]} */ ([]),
  series: (/** @type {number} */ from, /** @type {number} */ to, /** @type {number} */ by) =>
    `(WITH RECURSIVE series(n) AS (SELECT ${from} UNION ALL SELECT n + ${by} FROM series WHERE n + ${by} < ${to})
      SELECT n FROM series WHERE n < ${to})`,
  hex: (/** @type {string} */ number) => `printf('%010x', ${number})`,
  text: (/** @type {string} */ text) => `char(${text.charCodeAt(0)})`,
  sha: (/** @type {string} */ _, length = 64) => `lower(hex(randomblob(${length / 2})))`,
  folder: (/** @type {string} */ number, /** @type {number} */ digits) =>
    `printf('%0${digits}d', ${number})`,
  rotated: (/** @type {number} */ count) => `n * ${SCATTER} % ${count}`,
};

/** @type {typeof SQLITE} */
const POSTGRES = {
  indexes: `WITH owners AS (SELECT unnest(ARRAY['images'::regclass, 'audit_log'::regclass]) AS owner)
    SELECT conname AS name, owner::text,
      format('ALTER TABLE %s ADD CONSTRAINT %s %s', owner, conname, pg_get_constraintdef(pg_constraint.oid)) AS sql
    FROM owners JOIN pg_constraint ON conrelid = owner WHERE contype IN ('p', 'u')
    UNION ALL
    SELECT indexrelid::regclass::text, NULL, pg_get_indexdef(indexrelid)
    FROM owners JOIN pg_index ON indrelid = owner WHERE NOT indisunique`,
  afterwards: ['VACUUM ANALYZE'],
  series: (from, to, by) => `generate_series(${from}::bigint, ${to - 1}, ${by}) AS series(n)`,
  hex: (number) => `lpad(to_hex(${number}), 10, '0')`,
  text: (text) => `chr(${text.charCodeAt(0)})`,
  sha: (number, length = 64) => `left(encode(sha256((${number})::text::bytea), 'hex'), ${length})`,
  folder: (number, digits) => `lpad((${number})::text, ${digits}, '0')`,
  rotated: (count) => `n * ${SCATTER} % ${count}`,
};
