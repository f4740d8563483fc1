import pg from 'pg';
import { toSetupError } from '../postgres/errors.js';
import { parsePostgresLocation } from '../postgres/location.js';
import { migrate } from '../postgres/migrate.js';
import { clientConfig } from '../postgres/pool.js';
import { pageQuery, quoted, TABLES, type Target, TransferError, type Value } from './tables.js';

/** Longest wait for those who change rows. */
const LOCK_TIMEOUT = '5s';
/** Below PostgreSQL's limit of 65,535 parameters per statement. */
const MAX_VALUES = 30_000;

/**
 * Opens a migrated database.
 *
 * @param mode `target` applies pending migrations; both lock out other writers until the end, before the snapshot
 * @throws {DatabaseSetupError} when it cannot be used
 */
export async function openPostgresTransferDatabase(
  url: string,
  mode: 'source' | 'target',
): Promise<Target> {
  const location = parsePostgresLocation(url);
  if (mode === 'target') await migrate(location);
  const client = new pg.Client(clientConfig(location));
  client.on('error', () => {}); // the running statement fails as well
  try {
    await client.connect();
    await client.query("SET datestyle = 'ISO'");
    const opened = createTransferDatabase(client);
    const present = new Set(await opened.tables());
    const names = TABLES.map(({ name }) => name).filter((name) => present.has(name));
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
    if (names.length > 0) {
      const lock = mode === 'source' ? 'SHARE' : 'EXCLUSIVE';
      await client.query(`SET LOCAL lock_timeout = '${LOCK_TIMEOUT}'`);
      await client.query(`LOCK TABLE ${names.join(', ')} IN ${lock} MODE`);
    }
    return opened;
  } catch (error) {
    await client.end().catch(() => {});
    if (error instanceof pg.DatabaseError && error.code === '55P03') {
      throw new TransferError(
        'another program changes rows of PostgreSQL: stop every server first',
      );
    }
    throw toSetupError(error, location);
  }
}

function createTransferDatabase(client: pg.Client): Target {
  const rowsOf = async (text: string, values: readonly Value[] = []) =>
    (await client.query<Record<string, unknown>>(text, values.map(toParameter))).rows;
  return {
    async tables() {
      const rows = await rowsOf(
        'SELECT tablename AS name FROM pg_tables WHERE schemaname = current_schema()',
      );
      return rows.map(({ name }) => String(name));
    },
    async columns(table) {
      const rows = await rowsOf(
        `SELECT column_name AS name FROM information_schema.columns
           WHERE table_schema = current_schema() AND table_name = $1
           ORDER BY column_name COLLATE "C"`,
        [table],
      );
      return rows.map(({ name }) => String(name));
    },
    async count(table) {
      return Number((await rowsOf(`SELECT count(*) AS n FROM ${table}`))[0]?.['n'] ?? 0);
    },
    async read(table, columns, after) {
      const text = pageQuery(table, quoted(columns), after === null, (n) => `$${n}`);
      const rows = await rowsOf(text, after ?? []);
      return rows.map((row) => columns.map((column) => toValue(row[column])));
    },
    async write(table, columns, rows) {
      const list = quoted(columns).join(', ');
      const most = Math.floor(MAX_VALUES / columns.length);
      for (let at = 0; at < rows.length; at += most) {
        const batch = rows.slice(at, at + most);
        const tuples = batch.map((_, n) => placesOf(n * columns.length, columns.length));
        await rowsOf(
          // Audit entries, events and deliveries keep their sequence numbers.
          `INSERT INTO ${table} (${list}) OVERRIDING SYSTEM VALUE VALUES ${tuples.join(', ')}`,
          batch.flat(),
        );
      }
    },
    async commit() {
      for (const table of ['audit_log', 'webhook_events', 'webhook_deliveries']) {
        await client.query(
          `SELECT setval(pg_get_serial_sequence('${table}', 'seq'),
             coalesce(max(seq), 0) + 1, false) FROM ${table}`,
        );
      }
      await client.query('COMMIT');
    },
    async close() {
      await client.end().catch(() => {}); // rolls back an open transaction
    },
  };
}

function placesOf(from: number, count: number): string {
  return `(${Array.from({ length: count }, (_, n) => `$${from + n + 1}`).join(', ')})`;
}

/** The driver accepts bytes only as a Buffer. */
function toParameter(value: Value): unknown {
  return value instanceof Uint8Array ? Buffer.from(value) : value;
}

function toValue(value: unknown): Value {
  if (value instanceof Date) return value.toISOString();
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value === 'string' || typeof value === 'number' || value instanceof Uint8Array) {
    return value;
  }
  if (value === null) return null;
  throw new TypeError(`unexpected type of a value: ${typeof value}`);
}
