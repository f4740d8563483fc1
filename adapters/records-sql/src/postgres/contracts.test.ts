import { afterAll } from 'vitest';
import {
  type EmptyDatabase,
  openEmptyDatabase,
} from '../../../../tests/postgres/support/empty-database.js';
import { declareContracts } from '../../../../tests/postgres/support/records-contracts.js';
import type { SqlRecords } from '../records/records.js';
import { openPostgresRecords } from './open.js';

let opened: { database: EmptyDatabase; records: SqlRecords; other: SqlRecords } | undefined;
afterAll(async () => {
  await Promise.all([opened?.records.close(), opened?.other.close(), opened?.database.close()]);
});

declareContracts('PostgreSQL', async () => {
  opened ??= await open();
  const { database, records, other } = opened;
  await database.empty();
  return { records, other, close: async () => {} };
});

async function open() {
  const database = await openEmptyDatabase();
  const options = { url: database.url, masterKey: new Uint8Array(32).fill(1) };
  // Two that start at once.
  const [records, other] = await Promise.all([
    openPostgresRecords(options),
    openPostgresRecords(options),
  ]);
  return { database, records, other };
}
