import type { Kysely, Transaction } from 'kysely';
import type { SecretCipher } from './cipher.js';
import type { Database } from './schema.js';

/** Name of the setting, its place, and the text itself. */
const CHECK_NAME = 'master_key_check';

/**
 * A known text, encrypted by the first start: a wrong key is found now, not at the first request.
 *
 * @throws {WrongMasterKeyError}
 */
export async function openWithMasterKey(db: Kysely<Database>, cipher: SecretCipher): Promise<void> {
  const kept = await checkOf(db).executeTakeFirst();
  if (kept !== undefined) {
    cipher.decrypt(kept.value, CHECK_NAME);
    return;
  }
  await db
    .insertInto('settings')
    .values({ name: CHECK_NAME, value: cipher.encrypt(CHECK_NAME, CHECK_NAME) })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  // Of several first starts at once, each with a key of its own, one has laid down its text.
  const { value } = await checkOf(db).executeTakeFirstOrThrow();
  cipher.decrypt(value, CHECK_NAME);
}

/**
 * Asks again in a transaction that is about to encrypt: a server that goes on while the master key is
 * changed must not write what nobody could read afterwards. Until it ends, the key is not changed.
 *
 * @throws {WrongMasterKeyError}
 */
export async function checkMasterKey(
  trx: Transaction<Database>,
  cipher: SecretCipher,
): Promise<void> {
  const { value } = await checkOf(trx).forShare().executeTakeFirstOrThrow();
  cipher.decrypt(value, CHECK_NAME);
}

/** Takes the one row that every database has, for what only one process may do at a time. */
export async function lockDatabase(trx: Transaction<Database>): Promise<void> {
  await checkOf(trx).forUpdate().executeTakeFirstOrThrow();
}

function checkOf(db: Kysely<Database>) {
  return db.selectFrom('settings').select('value').where('name', '=', CHECK_NAME);
}
