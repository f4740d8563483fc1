import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from '@photostructure/sqlite';
import { sql } from 'kysely';
import { afterAll } from 'vitest';
import { declareContracts } from '../../../../tests/postgres/support/records-contracts.js';
import type { SqlRecords } from '../records/records.js';
import { openSqliteRecords } from './open.js';

/** One database for all tests: to open two for each takes longer than the test. */
interface Opened {
  readonly records: SqlRecords;
  readonly other: SqlRecords;
  /** Deletes every row except those that the start of a server creates. */
  empty(): void;
  close(): Promise<void>;
}

let opened: Opened | undefined;
afterAll(() => opened?.close());

declareContracts('SQLite', async () => {
  opened ??= await open();
  const { records, other, empty } = opened;
  empty();
  return { records, other, close: async () => {} };
});

async function open(): Promise<Opened> {
  const folder = await mkdtemp(join(tmpdir(), 'aura-records-'));
  const file = join(folder, 'aura.db');
  const options = { file, masterKey: new Uint8Array(32).fill(1) };
  const records = await openSqliteRecords(options);
  const other = await openSqliteRecords(options);
  // No test cuts the power: commits need not wait for the disk.
  for (const { kysely } of [records, other]) await sql`PRAGMA synchronous = OFF`.execute(kysely);
  const third = new DatabaseSync(file);
  const deletion = deletionOf(third);
  return {
    records,
    other,
    empty: () => third.exec(deletion),
    async close() {
      third.close();
      await Promise.all([records.close(), other.close()]);
      await rm(folder, { recursive: true });
    },
  };
}

/** Without foreign keys, which would require an order. Opened records know the numbers of changes: those go on. */
function deletionOf(database: InstanceType<typeof DatabaseSync>): string {
  const names = database
    .prepare(
      `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'
         AND name NOT IN ('migrations', 'settings', 'image_changes')`,
    )
    .all() as { name: string }[];
  const deletions = names.map(({ name }) => `DELETE FROM "${name}"`);
  return ['PRAGMA foreign_keys = OFF', 'BEGIN IMMEDIATE', ...deletions, 'COMMIT'].join(';');
}
