import { Kysely } from 'kysely';
import { createSecretCipher } from './cipher.js';
import { openWithMasterKey } from './master-key-check.js';
import { migrate } from './migrate.js';
import { createRecords, type SqlRecords } from './records.js';
import type { Database } from './schema.js';
import { openSqlite } from './sqlite.js';

export interface SqliteRecordsOptions {
  /** Database file; made where it is missing. */
  readonly file: string;
  /** 32 bytes under which secrets are encrypted. */
  readonly masterKey: Uint8Array;
}

/**
 * Opens the records in an SQLite file and brings its tables up to date.
 *
 * @throws {WrongMasterKeyError} when the file was made under another master key
 * @throws {MigrationError} when the file is newer than this program
 *
 * @example
 * const records = await openSqliteRecords({ file: 'aura.db', masterKey });
 */
export async function openSqliteRecords({
  file,
  masterKey,
}: SqliteRecordsOptions): Promise<SqlRecords> {
  const cipher = createSecretCipher(masterKey);
  const connection = openSqlite(file);
  const kysely = new Kysely<unknown>({ dialect: connection.dialect });
  const close = async () => {
    await kysely.destroy();
    connection.close();
  };
  try {
    migrate(connection);
    await openWithMasterKey(kysely.withTables<Database>(), cipher);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    ...createRecords(kysely, cipher, connection),
    async close() {
      connection.database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
      await close();
    },
  };
}
