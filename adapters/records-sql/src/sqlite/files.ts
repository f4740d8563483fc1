import { accessSync, closeSync, fsyncSync, openSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { DatabaseSync } from '@photostructure/sqlite';
import type { Kysely } from 'kysely';
import type { Database } from '../database/schema.js';

/**
 * Whether another connection has a database file open. Leaving WAL mode needs an exclusive lock
 * (https://sqlite.org/pragma.html#pragma_journal_mode).
 *
 * @throws when the file does not exist
 */
export function isInUse(file: string): boolean {
  accessSync(file); // opening would create it
  const database = new DatabaseSync(file);
  try {
    database.exec('PRAGMA journal_mode = DELETE');
    database.exec('PRAGMA journal_mode = WAL');
    return false;
  } catch (error) {
    if (error instanceof Error && /database is locked/.test(error.message)) return true;
    throw error;
  } finally {
    database.close();
  }
}

/**
 * Whether an SQLite file is an earlier copy of open records. It compares the oldest account of the file, since
 * accounts are never deleted. A file without accounts counts as a copy; a file that is no database of AuraImage
 * does not. It cannot tell apart two servers that started from the same copy.
 *
 * @param file a file that is not open, according to {@link isInUse}
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
  // Immutable, so that SQLite creates no -wal and -shm files (https://sqlite.org/uri.html#uriimmutable). That
  // ignores a WAL, which `isInUse` has checkpointed.
  const database = new DatabaseSync(`${pathToFileURL(file).href}?immutable=1`, { readOnly: true });
  try {
    const row = database.prepare('SELECT id FROM accounts ORDER BY created_at, id LIMIT 1').get();
    return (row as { id: string } | undefined)?.id;
  } finally {
    database.close();
  }
}

/** Timeout for the lock of a running commit, in milliseconds. */
const BUSY_MS = 5000;

/**
 * Writes a consistent copy of an SQLite database that is in use, and syncs it to disk
 * (https://sqlite.org/lang_vacuum.html#vacuuminto).
 *
 * @param target a new file, created with mode 0600
 * @throws when the database does not exist, the target exists, or no space is left
 */
export function snapshotSqlite(file: string, target: string): void {
  accessSync(file); // opening would create it
  closeSync(openSync(target, 'wx', 0o600)); // SQLite accepts an empty file and keeps its mode
  const database = new DatabaseSync(file);
  try {
    database.exec(`PRAGMA busy_timeout = ${BUSY_MS}`);
    database.prepare('VACUUM INTO ?').run(target);
  } finally {
    database.close();
  }
  const written = openSync(target, 'r');
  try {
    fsyncSync(written);
  } finally {
    closeSync(written);
  }
}
