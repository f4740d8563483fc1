import { accessSync } from 'node:fs';
import { DatabaseSync } from '@photostructure/sqlite';

/**
 * Whether another connection has a database file open. Leaving the write-ahead log takes the whole file
 * (https://sqlite.org/pragma.html#pragma_journal_mode), which is had by one connection alone.
 *
 * @throws when there is no such file
 */
export function isInUse(file: string): boolean {
  accessSync(file); // opening would make it
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
