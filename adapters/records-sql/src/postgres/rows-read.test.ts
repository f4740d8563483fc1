import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createDatabase, runSql } from '../../../../tests/postgres/support/database.js';
import type { SqlRecords } from '../records/records.js';
import { type FilledProject, fillRecords, OPERATIONS } from '../testing/operations.js';
import { openPostgresRecords } from './open.js';

const IMAGES = 5000;
/** Far less than the tables have, far more than an operation needs. */
const MOST_ROWS = 500;

let url: string;
let records: SqlRecords;
let project: FilledProject;
beforeAll(async () => {
  url = await createDatabase();
  const one = new URL(url);
  // Its own statistics can then be told to be written.
  one.searchParams.set('connections', '1');
  records = await openPostgresRecords({ url: one.href, masterKey: new Uint8Array(32).fill(1) });
  project = await fillRecords(records, (text) => runSql(url, text), IMAGES);
  await runSql(url, 'VACUUM ANALYZE');
});
afterAll(() => records.close());

/** Rows and entries of indexes that were read so far. */
async function rowsRead(): Promise<number> {
  await sql`SELECT pg_stat_force_next_flush()`.execute(records.kysely);
  const { rows } = await sql<{ read: number }>`
    SELECT (SELECT sum(seq_tup_read) FROM pg_stat_user_tables)
      + (SELECT sum(idx_tup_read) FROM pg_stat_user_indexes) AS read
  `.execute(records.kysely);
  return rows[0]?.read ?? 0;
}

it.each(Object.entries(OPERATIONS))('%s reads few rows', async (_, operation) => {
  const before = await rowsRead();
  await operation(records, project);
  const read = (await rowsRead()) - before;
  expect(read).toBeGreaterThan(0);
  expect(read).toBeLessThan(MOST_ROWS);
});
