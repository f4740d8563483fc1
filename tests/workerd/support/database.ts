import { env } from 'cloudflare:workers';
import { type D1Binding, openD1Records, type SqlRecords } from '@auraimage/records-sql/d1';
import { migrations } from '@auraimage/records-sql/sqlite-migrations';

export const binding = env['DB'] as D1Binding;
export const masterKey = new Uint8Array(32).fill(1);

let opened: Promise<readonly [SqlRecords, SqlRecords]> | undefined;

/** Two that start at once on an empty database. */
export function openTwice() {
  const open = () => openD1Records({ binding, masterKey, migrations });
  opened ??= Promise.all([open(), open()]);
  return opened;
}

let tables: readonly string[] | undefined;

/** Deletes every row except those that the start creates. */
export async function emptyDatabase(): Promise<void> {
  const session = binding.withSession('first-primary');
  tables ??= await tablesOf(session);
  await session.batch([
    session.prepare('PRAGMA defer_foreign_keys = ON'),
    ...tables.map((name) => session.prepare(`DELETE FROM ${name}`)),
  ]);
}

async function tablesOf(session: ReturnType<D1Binding['withSession']>): Promise<string[]> {
  const { results } = await session
    .prepare(
      `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf%' ESCAPE '\\'
       AND name NOT LIKE 'sqlite%' AND name NOT IN ('migrations', 'settings')`,
    )
    .all();
  return results.map(({ name }) => String(name));
}
