import { describeIdentity } from '@auraimage/ports/contracts';
import { openPostgresRecords, type SqlRecords } from '@auraimage/records-sql';
import { afterAll, afterEach, vi } from 'vitest';
import {
  type EmptyDatabase,
  openEmptyDatabase,
} from '../../../../tests/postgres/support/empty-database.js';
import { createBetterAuthIdentity } from '../identity.js';
import { quickHashing } from '../testing/quick-hashing.js';

const secret = 'a secret of better-auth, 32 characters';

let opened: { database: EmptyDatabase; records: SqlRecords; other: SqlRecords } | undefined;
afterEach(() => void vi.useRealTimers()); // even when a test failed in its setup
afterAll(async () => {
  await Promise.all([opened?.records.close(), opened?.other.close(), opened?.database.close()]);
});

describeIdentity('better-auth on PostgreSQL', async () => {
  opened ??= await open();
  const { database, records, other } = opened;
  await database.empty();
  vi.useFakeTimers({ toFake: ['Date'] });
  const identityOn = ({ kysely, secondFactors }: SqlRecords) =>
    createBetterAuthIdentity({
      kysely,
      secondFactors,
      database: 'postgres',
      secret,
      hashing: quickHashing,
    });
  return {
    identity: identityOn(records),
    other: identityOn(other),
    accountId: await records.registry.createAccount(),
    advance: (seconds: number) => void vi.setSystemTime(Date.now() + seconds * 1000),
    now: () => Date.now(),
    close: async () => void vi.useRealTimers(),
  };
});

async function open() {
  const database = await openEmptyDatabase();
  const options = { url: database.url, masterKey: new Uint8Array(32).fill(1) };
  const records = await openPostgresRecords(options);
  return { database, records, other: await openPostgresRecords(options) };
}
