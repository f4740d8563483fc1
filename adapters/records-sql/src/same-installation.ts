import { pathToFileURL } from 'node:url';
import { DatabaseSync } from '@photostructure/sqlite';
import type { Kysely } from 'kysely';
import type { Database } from './schema.js';

/**
 * Whether an SQLite file that nobody has open is an earlier copy of opened records, by the account that it
 * has had longest: accounts are never deleted. One without accounts belongs to nobody, and may be a copy of anything.
 *
 * @throws when there is no such file, or it is no database of AuraImage's
 */
export async function isEarlierCopy(file: string, kysely: Kysely<unknown>): Promise<boolean> {
  const id = firstAccountIn(file);
  if (id === undefined) return true;
  const accounts = kysely.withTables<Database>().selectFrom('accounts');
  return (await accounts.select('id').where('id', '=', id).executeTakeFirst()) !== undefined;
}

function firstAccountIn(file: string): string | undefined {
  // Nobody has it open. Otherwise SQLite would lay a log and its index beside it, which stay for as long
  // as the statement does (https://sqlite.org/uri.html#uriimmutable).
  const database = new DatabaseSync(`${pathToFileURL(file).href}?immutable=1`, { readOnly: true });
  try {
    const row = database.prepare('SELECT id FROM accounts ORDER BY created_at, id LIMIT 1').get();
    return (row as { id: string } | undefined)?.id;
  } finally {
    database.close();
  }
}
