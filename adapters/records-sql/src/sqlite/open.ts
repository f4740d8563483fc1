import { Kysely } from 'kysely';
import { createSecretCipher } from '../database/cipher.js';
import { verifyMasterKey } from '../database/master-key.js';
import type { Database } from '../database/schema.js';
import { createRecords, type SqlRecords } from '../records/records.js';
import { migrate, openSqlite } from './connection.js';

export interface SqliteRecordsOptions {
  /** Database file; created when it is missing. */
  readonly file: string;
  /** 32 bytes that encrypt the secrets. */
  readonly masterKey: Uint8Array;
}

/**
 * Opens the records in an SQLite file and applies pending migrations.
 *
 * @throws {DatabaseSetupError} when the file is no database, or a broken one
 * @throws {WrongMasterKeyError} when the file was created with another master key
 * @throws {MigrationError} when the file is newer than this version
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
    await verifyMasterKey(kysely.withTables<Database>(), cipher);
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
