import { pathToFileURL } from 'node:url';
import { DatabaseSync } from '@photostructure/sqlite';
import type { Kysely } from 'kysely';
import type { Database } from './schema.js';

/**
 * Whether an SQLite file is an earlier copy of opened records, by the account that it has had longest: accounts
 * are never deleted. One without accounts belongs to nobody, and may be a copy of anything; what is no database
 * of AuraImage's is a copy of nothing. A server on a restored copy has the same accounts, and cannot be told
 * from the first.
 *
 * @param file of which `isInUse` has just said that nobody has it open
 */
export async function isEarlierCopy(file: string, kysely: Kysely<unknown>): Promise<boolean> {
  let id: string | undefined;
  try {
    id = firstAccountIn(file);
  } catch {
    return false;
  }
  if (id === undefined) return true;
  const accounts = kysely.withTables<Database>().selectFrom('accounts');
  return (await accounts.select('id').where('id', '=', id).executeTakeFirst()) !== undefined;
}

function firstAccountIn(file: string): string | undefined {
  // Otherwise SQLite would lay a log and its index beside it, which stay for as long as the statement does
  // (https://sqlite.org/uri.html#uriimmutable). What a log has is not read like this: `isInUse` has written
  // it into the file.
  const database = new DatabaseSync(`${pathToFileURL(file).href}?immutable=1`, { readOnly: true });
  try {
    const row = database.prepare('SELECT id FROM accounts ORDER BY created_at, id LIMIT 1').get();
    return (row as { id: string } | undefined)?.id;
  } finally {
    database.close();
  }
}
