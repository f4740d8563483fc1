import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { declareContracts } from '../../../../tests/postgres/support/records-contracts.js';
import { openSqliteRecords } from './open.js';

const optionsIn = (folder: string) => {
  return { file: join(folder, 'aura.db'), masterKey: new Uint8Array(32).fill(1) };
};
const newFolder = () => mkdtemp(join(tmpdir(), 'aura-records-'));

/** An empty database: a copy of it takes a part of the time of its migrations. */
let empty: string;
beforeAll(async () => {
  empty = await newFolder();
  await (await openSqliteRecords(optionsIn(empty))).close();
});
afterAll(() => rm(empty, { recursive: true }));

declareContracts('SQLite', async () => {
  const folder = await newFolder();
  const options = optionsIn(folder);
  // Closing writes everything to this file. SQLite may remove the others later, when a statement is collected.
  await copyFile(optionsIn(empty).file, options.file);
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
