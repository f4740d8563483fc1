import { accessSync } from 'node:fs';
import { Kysely } from 'kysely';
import { createSecretCipher, type SecretCipher } from './cipher.js';
import { encryptAll } from './encrypt-all.js';
import { openWithMasterKey } from './master-key-check.js';
import { migrate } from './migrate.js';
import type { Database } from './schema.js';
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
   * Whether nothing that was encrypted under the old key is left in the tables. `false` when there was no
   * room to write them anew, or another process used them.
   */
  readonly erased: boolean;
}

/**
 * Changes the master key: encrypts every secret anew in one transaction and reads each again. After a
 * crash on the way the old key is in force. A server that runs meanwhile has the old key: it can read
 * no secret from then on, and writes none.
 *
 * @throws {WrongMasterKeyError} when `masterKey` is not the one that is in force; nothing is changed
 * @throws {RangeError} when a key has not 32 bytes, or both are the same
 *
 * @example
 * const { secrets } = await rekeySqliteRecords({ file: 'aura.db', masterKey, newMasterKey });
 */
export async function rekeySqliteRecords({ file, ...keys }: RekeyOptions): Promise<Rekeyed> {
  const { from, to } = ciphersOf(keys);
  accessSync(file); // opening would make it
  const connection = openSqlite(file);
  const db = new Kysely<Database>({ dialect: connection.dialect });
  try {
    migrate(connection);
    await openWithMasterKey(db, from);
    const secrets = await encryptAll(db, from, to);
    return { secrets, erased: erase(connection.database) };
  } finally {
    await db.destroy();
    connection.close();
  }
}

/** @throws {RangeError} */
export function ciphersOf({
  masterKey,
  newMasterKey,
}: Pick<RekeyOptions, 'masterKey' | 'newMasterKey'>): {
  readonly from: SecretCipher;
  readonly to: SecretCipher;
} {
  const ciphers = { from: createSecretCipher(masterKey), to: createSecretCipher(newMasterKey) };
  if (Buffer.compare(masterKey, newMasterKey) === 0) {
    throw new RangeError('the new master key is the one that is in force');
  }
  return ciphers;
}

/** Old texts lie on in pages that are free, or partly so: the file is written anew without them. */
function erase(database: SqliteConnection['database']): boolean {
  try {
    database.exec('VACUUM');
    const checkpoint = database.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get();
    return (checkpoint as { busy: number }).busy === 0;
  } catch {
    return false;
  }
}
