import { type Kysely, sql, type Transaction } from 'kysely';
import {
  createSecretCipher,
  receiptKeyContext,
  type SecretCipher,
  secondFactorContext,
  secretKeyContext,
  serveSecretContext,
  webhookSecretContext,
} from './cipher.js';
import { DatabaseSetupError } from './migrations.js';
import type { Database } from './schema.js';
import { transact } from './transaction.js';

/** Name, context and plaintext of the setting that verifies the master key. */
export const CHECK_NAME = 'master_key_check';

/** The value of that setting while `transferDatabase` fills a database that has no long transactions, with the source. */
export const MOVING = 'moving:';

/**
 * Verifies the master key with a known text that the first start encrypted, so that a wrong key fails the
 * start and not the first request.
 *
 * @throws {WrongMasterKeyError}
 * @throws {DatabaseSetupError} when `transferDatabase` has not finished
 */
export async function verifyMasterKey(db: Kysely<Database>, cipher: SecretCipher): Promise<void> {
  const kept = await checkOf(db).executeTakeFirst();
  if (kept !== undefined) {
    decryptCheck(kept.value, cipher);
    return;
  }
  await db
    .insertInto('settings')
    .values({ name: CHECK_NAME, value: cipher.encrypt(CHECK_NAME, CHECK_NAME) })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  // Of several concurrent first starts with different keys, one has written its text.
  const { value } = await checkOf(db).executeTakeFirstOrThrow();
  decryptCheck(value, cipher);
}

/**
 * Verifies the master key with the text of {@link CHECK_NAME}.
 *
 * @throws as {@link verifyMasterKey}
 */
export function decryptCheck(value: Uint8Array, cipher: SecretCipher): void {
  if (Buffer.from(value).toString('latin1').startsWith(MOVING)) {
    throw new DatabaseSetupError(
      'aura-server move has not copied all rows into this database yet: run it again until it is done',
    );
  }
  cipher.decrypt(value, CHECK_NAME);
}

/**
 * Verifies the key again in a transaction that encrypts: a server that runs while the master key is changed
 * must not write secrets with the old key. The key cannot change before the transaction ends.
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

/** Locks a row that every database has, for changes that exclude each other. */
export async function lockDatabase(trx: Transaction<Database>): Promise<void> {
  await checkOf(trx).forUpdate().executeTakeFirstOrThrow();
}

function checkOf(db: Kysely<Database>) {
  return db.selectFrom('settings').select('value').where('name', '=', CHECK_NAME);
}

/** Every encrypted column, and the context of its ciphertexts. */
export const ENCRYPTED = [
  { table: 'projects', id: 'id', column: 'serve_secret', context: serveSecretContext },
  { table: 'projects', id: 'id', column: 'previous_serve_secret', context: serveSecretContext },
  { table: 'secret_keys', id: 'id', column: 'secret', context: secretKeyContext },
  { table: 'receipt_keys', id: 'id', column: 'private_key', context: receiptKeyContext },
  { table: 'webhooks', id: 'id', column: 'secret', context: webhookSecretContext },
  { table: 'webhooks', id: 'id', column: 'previous_secret', context: webhookSecretContext },
  { table: 'second_factors', id: 'id', column: 'secret', context: secondFactorContext },
  { table: 'settings', id: 'name', column: 'value', context: (name: string) => name },
] as const;

/**
 * Re-encrypts every secret in one transaction and verifies each one.
 *
 * @returns the number of secrets
 */
export function reencryptSecrets(
  db: Kysely<Database>,
  from: SecretCipher,
  to: SecretCipher,
): Promise<number> {
  return transact(db, async (trx) => {
    await lockDatabase(trx); // excludes transactions that encrypt (checkMasterKey)
    let count = 0;
    for (const column of ENCRYPTED) count += await reencryptColumn(trx, column, from, to);
    return count - 1; // without the master key check
  });
}

async function reencryptColumn(
  trx: Transaction<Database>,
  { table, id, column, context }: (typeof ENCRYPTED)[number],
  from: SecretCipher,
  to: SecretCipher,
): Promise<number> {
  const [named, key, text] = [sql.table(table), sql.ref(id), sql.ref(column)];
  const { rows } = await sql<{ id: string; text: Uint8Array }>`
    SELECT ${key} AS id, ${text} AS text FROM ${named} WHERE ${text} IS NOT NULL`.execute(trx);
  for (const row of rows) {
    const secret = from.decrypt(row.text, context(row.id));
    const next = to.encrypt(secret, context(row.id));
    await sql`UPDATE ${named} SET ${text} = ${next} WHERE ${key} = ${row.id}`.execute(trx);
    const read = await sql<{ text: Uint8Array }>`
      SELECT ${text} AS text FROM ${named} WHERE ${key} = ${row.id}`.execute(trx);
    const kept = read.rows[0]?.text;
    if (kept === undefined || to.decrypt(kept, context(row.id)) !== secret) {
      throw new Error(`${table}.${column} of ${row.id} was not re-encrypted correctly`);
    }
  }
  return rows.length;
}

export interface MasterKeyChange {
  /** The current key: 32 bytes. */
  readonly masterKey: Uint8Array;
  /** The new key: 32 bytes. */
  readonly newMasterKey: Uint8Array;
}

export interface Rekeyed {
  /** Number of re-encrypted secrets. */
  readonly secrets: number;
  /**
   * Whether the ciphertexts of the old key are erased from the files of the database. `false` when there was
   * no space to rewrite them, or another process used the database.
   */
  readonly erased: boolean;
}

/** @throws {RangeError} when a key does not have 32 bytes, or both are the same */
export function createRekeyCiphers({ masterKey, newMasterKey }: MasterKeyChange): {
  readonly from: SecretCipher;
  readonly to: SecretCipher;
} {
  const ciphers = { from: createSecretCipher(masterKey), to: createSecretCipher(newMasterKey) };
  if (Buffer.compare(masterKey, newMasterKey) === 0) {
    throw new RangeError('the new master key is the current one');
  }
  return ciphers;
}
