import type { Kysely } from 'kysely';
import type { SecretCipher } from './cipher.js';
import type { Database } from './schema.js';
import type { SqliteConnection } from './sqlite.js';

/** Name of the setting, its place, and the text itself. */
const CHECK_NAME = 'master_key_check';

/**
 * A known text, encrypted by the first start: a wrong key is found now, not at the first request.
 *
 * @throws {WrongMasterKeyError}
 */
export function openWithMasterKey({ database }: SqliteConnection, cipher: SecretCipher): void {
  const kept = database.prepare('SELECT value FROM settings WHERE name = ?').get(CHECK_NAME) as
    | { value: Uint8Array }
    | undefined;
  if (kept !== undefined) {
    cipher.decrypt(kept.value, CHECK_NAME);
    return;
  }
  database
    .prepare('INSERT INTO settings VALUES (?, ?) ON CONFLICT DO NOTHING')
    .run(CHECK_NAME, cipher.encrypt(CHECK_NAME, CHECK_NAME));
}

/**
 * Asks again in a transaction that is about to encrypt: a server that goes on while the master key is
 * changed must not write what nobody could read afterwards.
 *
 * @throws {WrongMasterKeyError}
 */
export async function checkMasterKey(trx: Kysely<Database>, cipher: SecretCipher): Promise<void> {
  const { value } = await trx
    .selectFrom('settings')
    .select('value')
    .where('name', '=', CHECK_NAME)
    .executeTakeFirstOrThrow();
  cipher.decrypt(value, CHECK_NAME);
}
