import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { declareContracts } from '../../../../tests/postgres/support/records-contracts.js';
import { openSqliteRecords } from './open.js';

declareContracts('SQLite', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'aura-records-'));
  const options = { file: join(folder, 'aura.db'), masterKey: new Uint8Array(32).fill(1) };
  const records = await openSqliteRecords(options);
  const other = await openSqliteRecords(options);
  return {
    records,
    other,
    async close() {
      await records.close();
      await other.close();
      await rm(folder, { recursive: true });
    },
  };
});
