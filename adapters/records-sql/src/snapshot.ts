import { accessSync, closeSync, fsyncSync, openSync } from 'node:fs';
import { DatabaseSync } from '@photostructure/sqlite';

/** How long a commit under way is waited for. */
const BUSY_MS = 5000;

/**
 * Writes a copy of an SQLite database as it is at one moment, while others read and write it, and syncs it
 * to the disk (https://sqlite.org/lang_vacuum.html#vacuuminto).
 *
 * @param target a file that is not there yet; made with mode 0600
 * @throws when there is no such database, the target exists, or there is no room for it
 */
export function snapshotSqlite(file: string, target: string): void {
  accessSync(file); // opening would make it
  closeSync(openSync(target, 'wx', 0o600)); // SQLite takes an empty file, and leaves it its mode
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
