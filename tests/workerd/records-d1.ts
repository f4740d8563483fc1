import { env } from 'cloudflare:workers';
import { type D1Binding, openD1Records, type SqlRecords } from '@auraimage/records-sql/d1';
import { migrations } from '@auraimage/records-sql/sqlite-migrations';
import { declareContracts } from '../postgres/support/records-contracts.js';

const binding = env['DB'] as D1Binding;
const masterKey = new Uint8Array(32).fill(1);

let opened: Promise<readonly [SqlRecords, SqlRecords]> | undefined;

/** Two that start at once on an empty database. */
function openTwice() {
  const open = () => openD1Records({ binding, masterKey, migrations });
  opened ??= Promise.all([open(), open()]);
  return opened;
}

/** Deletes every row except those that the start creates. */
async function empty(): Promise<void> {
  const session = binding.withSession('first-primary');
  const { results } = await session
    .prepare(
      `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf%' ESCAPE '\\'
       AND name NOT LIKE 'sqlite%' AND name NOT IN ('migrations', 'settings')`,
    )
    .all();
  await session.batch([
    session.prepare('PRAGMA defer_foreign_keys = ON'),
    ...results.map(({ name }) => session.prepare(`DELETE FROM ${name}`)),
  ]);
}

declareContracts('D1', async () => {
  const [records, other] = await openTwice();
  await empty();
  return { records, other, close: async () => {} };
});
