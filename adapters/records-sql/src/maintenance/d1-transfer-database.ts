import { createHash } from 'node:crypto';
import { type Row as Found, type Primary, plain } from '../d1/binding.js';
import { createD1Api, type D1ApiOptions, type D1Place } from '../d1/http-api.js';
import { migrate } from '../d1/migrate.js';
import { createSecretCipher } from '../database/cipher.js';
import { CHECK_NAME, decryptCheck, MOVING } from '../database/master-key.js';
import { readMigrations } from '../database/migration-files.js';
import { pendingMigrationsOf } from '../database/migrations.js';
import { closeD1, ENDED, endD1, tablesOf, verifyClosed } from './d1-closing.js';
import {
  isTimeText,
  pageQuery,
  quoted,
  type Row,
  TABLES,
  type Target,
  type TransferDatabase,
  TransferError,
  type Value,
} from './tables.js';

// D1 has no transaction that lasts longer than a request.

/** Most bytes of rows in a request. D1 takes texts up to 2 MB. */
const MAX_TEXT_BYTES = 1_000_000;

/**
 * Verifies the master key of a D1 database, without a change to it.
 *
 * @throws {WrongMasterKeyError}
 * @throws {TransferError} when it is not a database of AuraImage, or was ended
 */
export async function checkD1Key(
  place: D1Place,
  masterKey: Uint8Array,
  options?: D1ApiOptions,
): Promise<void> {
  const primary = createD1Api(place, options);
  const tables = await tablesOf(primary);
  if (tables.includes(`${ENDED}settings`)) {
    throw new TransferError(
      'the D1 database was moved to another database: aura-server reopen makes it usable again',
    );
  }
  const value = tables.includes('settings') ? await checkIn(primary) : null;
  if (value === null) throw new TransferError('the D1 database has no rows of AuraImage');
  decryptCheck(value, createSecretCipher(masterKey));
}

/**
 * Opens a database as the source. Locking it closes it for changes, ending it also for reads.
 *
 * @throws {TransferError} when it has pending migrations
 * @throws {MigrationError} when it is newer than this version
 */
export async function openD1Source(
  place: D1Place,
  options?: D1ApiOptions,
): Promise<TransferDatabase> {
  const primary = createD1Api(place, options);
  await requireMigrated(primary);
  return {
    ...createReader(primary, await schemaOf(primary)),
    lock: () => closeD1(primary, 'move'),
    verifyLock: () => verifyClosed(primary),
    end: () => endD1(primary),
  };
}

/**
 * Requires that a database has exactly the migrations of this version.
 *
 * @throws {TransferError} when some are pending
 * @throws {MigrationError} when it is newer
 */
export async function requireMigrated(primary: Primary): Promise<void> {
  const applied = await primary.query(plain('SELECT name, checksum FROM migrations ORDER BY name'));
  const history = applied as { name: string; checksum: string }[];
  const [pending] = pendingMigrationsOf(readMigrations('sqlite'), history);
  if (pending !== undefined) {
    throw new TransferError(
      `the D1 database lacks the migration ${pending.name}: deploy this version of the Worker and open its dashboard, which migrates`,
    );
  }
}

/**
 * Opens a database as the target. Applies pending migrations if it has no rows but those of an interrupted transfer.
 */
export async function openD1Target(place: D1Place, options?: D1ApiOptions): Promise<Target> {
  const primary = createD1Api(place, options);
  if (await isFree(primary)) await migrate(primary, readMigrations('sqlite'));
  const schema = await schemaOf(primary);
  const reader = createReader(primary, schema);
  /** What the setting has at the end, and until then. */
  let check: Uint8Array = Buffer.alloc(0);
  let marker = Buffer.alloc(0);
  return {
    ...reader,
    async resume(given) {
      check = given;
      marker = Buffer.from(`${MOVING}${createHash('sha256').update(given).digest('hex')}`);
      const isEmpty = TABLES.map(({ name }) => `NOT EXISTS (SELECT 1 FROM ${name})`).join(' AND ');
      // In one statement: of this and the first request of a Worker, one comes first.
      await primary.query({
        sql: `INSERT INTO settings (name, value) SELECT ?1, ?2 WHERE ${isEmpty}`,
        parameters: [CHECK_NAME, marker],
      });
      const found = await checkIn(primary);
      if (found === null || !marker.equals(found)) return null;
      const counts = await countsIn(primary);
      return counts.set('settings', 0); // the marker is none of the source's
    },
    async read(table, columns, after) {
      const rows = await reader.read(table, columns, after);
      if (table.name !== 'settings') return rows;
      const isMarker = (value: Value) => value instanceof Uint8Array && marker.equals(value);
      return rows.map((row) => row.map((value) => (isMarker(value) ? check : value)));
    },
    async write(table, columns, rows) {
      const values = columns.map((column, at) => {
        const value = `json_extract(value, '$[${at}]')`;
        return isBytes(schema, table, column) ? `unhex(${value})` : value;
      });
      // A repeated request adds nothing, and neither does one that arrives after the commit. That every row is the same as in the source is compared at the end.
      const sql = `INSERT OR IGNORE INTO ${table} (${quoted(columns).join(', ')})
        SELECT ${values.join(', ')} FROM json_each(?1) WHERE EXISTS (
          SELECT 1 FROM settings WHERE name = '${CHECK_NAME}' AND value = x'${marker.toString('hex')}')`;
      for (const text of textsOf(rows)) await primary.query({ sql, parameters: [text] });
    },
    async commit() {
      await primary.query({
        sql: 'UPDATE settings SET value = ?1 WHERE name = ?2 AND value = ?3',
        parameters: [check, CHECK_NAME, marker],
      });
    },
  };
}

/** Whether nothing but an interrupted transfer is in a database. */
async function isFree(primary: Primary): Promise<boolean> {
  const tables = await tablesOf(primary);
  if (tables.length === 0) return true;
  if (!tables.includes('settings')) return false;
  const check = await checkIn(primary);
  return check === null || Buffer.from(check).toString('latin1').startsWith(MOVING);
}

async function countsIn(primary: Primary): Promise<Map<string, number>> {
  const counting = TABLES.map(({ name }) => plain(`SELECT count(*) AS n FROM ${name}`));
  const found = await primary.batch(counting);
  return new Map(TABLES.map(({ name }, at) => [name, countOf(found[at]?.[0])]));
}

/** Types of columns, by table and name. */
type Schema = ReadonlyMap<string, ReadonlyMap<string, string>>;

const isBytes = (schema: Schema, table: string, column: string): boolean =>
  schema.get(table)?.get(column) === 'BLOB';

async function schemaOf(primary: Primary): Promise<Schema> {
  const rows = await primary.query({
    sql: `SELECT listed.value AS "table", columns.name AS name, columns.type AS type
      FROM json_each(?1) AS listed, pragma_table_info(listed.value) AS columns ORDER BY columns.name`,
    parameters: [JSON.stringify(TABLES.map(({ name }) => name))],
  });
  const schema = new Map<string, Map<string, string>>();
  for (const { table, name, type } of rows) {
    const columns = schema.get(String(table)) ?? new Map<string, string>();
    schema.set(String(table), columns.set(String(name), String(type)));
  }
  return schema;
}

function createReader(primary: Primary, schema: Schema): TransferDatabase {
  return {
    tables: () => tablesOf(primary),
    columns: async (table) => [...(schema.get(table)?.keys() ?? [])],
    async count(table) {
      const [row] = await primary.query(plain(`SELECT count(*) AS n FROM ${table}`));
      return countOf(row);
    },
    async read({ name, key }, columns, after) {
      const list = quoted(columns).map((column, at) =>
        isBytes(schema, name, columns[at] ?? '')
          ? `CASE WHEN ${column} IS NULL THEN NULL ELSE hex(${column}) END AS ${column}`
          : column,
      );
      const sql = pageQuery({ name, key }, list, after === null, (n) => `?${n}`);
      const rows = await primary.query({ sql, parameters: after ?? [] });
      return rows.map((row) => columns.map((column) => valueIn(schema, name, column, row)));
    },
    async close() {},
  };
}

function valueIn(schema: Schema, table: string, column: string, row: Found): Value {
  const value = row[column];
  if (value === null) return null;
  if (isBytes(schema, table, column)) {
    if (typeof value === 'string' && HEX.test(value)) return Buffer.from(value, 'hex');
  } else if (typeof value === 'string') {
    return isTimeText(table, column) ? new Date(value).toISOString() : value;
  } else if (typeof value === 'number') return value;
  throw new TypeError(`unexpected value of ${table}.${column} from D1: ${typeof value}`);
}

function countOf(row: Found | undefined): number {
  const count = row?.['n'];
  if (typeof count === 'number') return count;
  throw new TypeError('D1 has not counted the rows of a table');
}

/** Rows as arrays in JSON, each with the bytes that a request may have. */
export function* textsOf(rows: readonly Row[]): Generator<string> {
  let texts: string[] = [];
  let bytes = 0;
  for (const row of rows) {
    const text = JSON.stringify(row.map(forJson));
    const size = Buffer.byteLength(text) + 1;
    if (texts.length > 0 && bytes + size > MAX_TEXT_BYTES) {
      yield `[${texts.join(',')}]`;
      [texts, bytes] = [[], 0];
    }
    texts.push(text);
    bytes += size;
  }
  if (texts.length > 0) yield `[${texts.join(',')}]`;
}

const HEX = /^(?:[\dA-F]{2})*$/i;
const forJson = (value: Value) =>
  value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value;

/** The text with which the master key is verified, or the marker of a transfer. */
async function checkIn(primary: Primary): Promise<Uint8Array | null> {
  const [row] = await primary.query({
    sql: 'SELECT hex(value) AS value FROM settings WHERE name = ?1',
    parameters: [CHECK_NAME],
  });
  return row === undefined ? null : Buffer.from(String(row['value']), 'hex');
}
