import { accessSync } from 'node:fs';
import { Kysely } from 'kysely';
import {
  createRekeyCiphers,
  type MasterKeyChange,
  type Rekeyed,
  reencryptSecrets,
  verifyMasterKey,
} from '../database/master-key.js';
import type { Database } from '../database/schema.js';
import { migrate, openSqlite, type SqliteConnection } from './connection.js';

export interface RekeyOptions extends MasterKeyChange {
  /** Database file. */
  readonly file: string;
}

/**
 * Changes the master key: re-encrypts and verifies every secret in one transaction. After a crash the old key
 * still applies. A server that is running with the old key can neither read nor write secrets afterwards.
 *
 * @throws {WrongMasterKeyError} when `masterKey` is not the current one; nothing is changed
 * @throws {RangeError} when a key does not have 32 bytes, or both are the same
 *
 * @example
 * const { secrets } = await rekeySqliteRecords({ file: 'aura.db', masterKey, newMasterKey });
 */
export async function rekeySqliteRecords({ file, ...keys }: RekeyOptions): Promise<Rekeyed> {
  const { from, to } = createRekeyCiphers(keys);
  accessSync(file); // opening would create it
  const connection = openSqlite(file);
  const db = new Kysely<Database>({ dialect: connection.dialect });
  try {
    migrate(connection);
    await verifyMasterKey(db, from);
    const secrets = await reencryptSecrets(db, from, to);
    return { secrets, erased: erase(connection.database) };
  } finally {
    await db.destroy();
    connection.close();
  }
}

/** Rewrites the file, because free pages still contain the old ciphertexts. */
function erase(database: SqliteConnection['database']): boolean {
  try {
    database.exec('VACUUM');
    const checkpoint = database.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get();
    return (checkpoint as { busy: number }).busy === 0;
  } catch {
    return false;
  }
}
