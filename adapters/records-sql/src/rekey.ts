import { accessSync } from 'node:fs';
import { createSecretCipher, type SecretCipher } from './cipher.js';
import { openWithMasterKey } from './master-key-check.js';
import { migrate } from './migrate.js';
import { secretKeyPlace, serveSecretPlace } from './projects.js';
import { openSqlite, type SqliteConnection } from './sqlite.js';

export interface RekeyOptions {
  /** Database file. */
  readonly file: string;
  /** 32 bytes under which its secrets are encrypted now. */
  readonly masterKey: Uint8Array;
  /** 32 bytes under which they shall be. */
  readonly newMasterKey: Uint8Array;
}

export interface Rekeyed {
  /** How many secrets there are. */
  readonly secrets: number;
  /**
   * Whether nothing that was encrypted under the old key is left in the file. `false` when there was no
   * room to write it anew, or another process used it.
   */
  readonly erased: boolean;
}

type Database = SqliteConnection['database'];

/** Every column of secrets, and the place that binds each text to its row. */
const COLUMNS = [
  { table: 'projects', id: 'id', column: 'serve_secret', place: serveSecretPlace },
  { table: 'projects', id: 'id', column: 'previous_serve_secret', place: serveSecretPlace },
  { table: 'secret_keys', id: 'id', column: 'secret', place: secretKeyPlace },
  { table: 'settings', id: 'name', column: 'value', place: (name: string) => name },
] as const;

/**
 * Changes the master key: encrypts every secret anew in one transaction and reads each again. After a
 * crash on the way the old key is in force. A server that runs meanwhile has the old key: it can read
 * no secret from then on, and writes none.
 *
 * @throws {WrongMasterKeyError} when `masterKey` is not the one that is in force; nothing is changed
 * @throws {RangeError} when a key has not 32 bytes, or both are the same
 *
 * @example
 * const { secrets } = rekeySqliteRecords({ file: 'aura.db', masterKey, newMasterKey });
 */
export function rekeySqliteRecords({ file, masterKey, newMasterKey }: RekeyOptions): Rekeyed {
  const from = createSecretCipher(masterKey);
  const to = createSecretCipher(newMasterKey);
  if (Buffer.compare(masterKey, newMasterKey) === 0) {
    throw new RangeError('the new master key is the one that is in force');
  }
  accessSync(file); // opening would make it
  const connection = openSqlite(file);
  try {
    migrate(connection);
    openWithMasterKey(connection, from);
    const secrets = encryptAll(connection.database, from, to);
    return { secrets, erased: erase(connection.database) };
  } finally {
    connection.close();
  }
}

function encryptAll(database: Database, from: SecretCipher, to: SecretCipher): number {
  database.exec('BEGIN IMMEDIATE');
  try {
    const counts = COLUMNS.map((column) => encryptColumn(database, column, from, to));
    database.exec('COMMIT');
    return counts.reduce((sum, count) => sum + count) - 1; // the check is no secret
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

function encryptColumn(
  database: Database,
  { table, id, column, place }: (typeof COLUMNS)[number],
  from: SecretCipher,
  to: SecretCipher,
): number {
  const rows = database
    .prepare(`SELECT ${id} AS id, ${column} AS text FROM ${table} WHERE ${column} IS NOT NULL`)
    .all() as { id: string; text: Uint8Array }[];
  const read = database.prepare(`SELECT ${column} AS text FROM ${table} WHERE ${id} = ?`);
  const write = database.prepare(`UPDATE ${table} SET ${column} = ? WHERE ${id} = ?`);
  for (const row of rows) {
    const secret = from.decrypt(row.text, place(row.id));
    write.run(to.encrypt(secret, place(row.id)), row.id);
    const { text } = read.get(row.id) as { text: Uint8Array };
    if (to.decrypt(text, place(row.id)) !== secret) {
      throw new Error(`${table}.${column} of ${row.id} does not read as it was written`);
    }
  }
  return rows.length;
}

/** Old texts lie on in pages that are free, or partly so: the file is written anew without them. */
function erase(database: Database): boolean {
  try {
    database.exec('VACUUM');
    const checkpoint = database.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get();
    return (checkpoint as { busy: number }).busy === 0;
  } catch {
    return false;
  }
}
