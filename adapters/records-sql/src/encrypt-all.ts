import { type Kysely, sql, type Transaction } from 'kysely';
import type { SecretCipher } from './cipher.js';
import { lockDatabase } from './master-key-check.js';
import { secretKeyPlace, serveSecretPlace } from './projects.js';
import type { Database } from './schema.js';
import { transact } from './transact.js';

/** Every column of secrets, and the place that binds each text to its row. */
const COLUMNS = [
  { table: 'projects', id: 'id', column: 'serve_secret', place: serveSecretPlace },
  { table: 'projects', id: 'id', column: 'previous_serve_secret', place: serveSecretPlace },
  { table: 'secret_keys', id: 'id', column: 'secret', place: secretKeyPlace },
  { table: 'settings', id: 'name', column: 'value', place: (name: string) => name },
] as const;

/**
 * Encrypts every secret anew in one transaction, and reads each again.
 *
 * @returns how many secrets there are
 */
export function encryptAll(
  db: Kysely<Database>,
  from: SecretCipher,
  to: SecretCipher,
): Promise<number> {
  return transact(db, async (trx) => {
    await lockDatabase(trx); // whoever is about to write a secret has this row, too
    let count = 0;
    for (const column of COLUMNS) count += await encryptColumn(trx, column, from, to);
    return count - 1; // the check is no secret
  });
}

async function encryptColumn(
  trx: Transaction<Database>,
  { table, id, column, place }: (typeof COLUMNS)[number],
  from: SecretCipher,
  to: SecretCipher,
): Promise<number> {
  const [named, key, text] = [sql.table(table), sql.ref(id), sql.ref(column)];
  const { rows } = await sql<{ id: string; text: Uint8Array }>`
    SELECT ${key} AS id, ${text} AS text FROM ${named} WHERE ${text} IS NOT NULL`.execute(trx);
  for (const row of rows) {
    const secret = from.decrypt(row.text, place(row.id));
    const next = to.encrypt(secret, place(row.id));
    await sql`UPDATE ${named} SET ${text} = ${next} WHERE ${key} = ${row.id}`.execute(trx);
    const read = await sql<{ text: Uint8Array }>`
      SELECT ${text} AS text FROM ${named} WHERE ${key} = ${row.id}`.execute(trx);
    const kept = read.rows[0]?.text;
    if (kept === undefined || to.decrypt(kept, place(row.id)) !== secret) {
      throw new Error(`${table}.${column} of ${row.id} does not read as it was written`);
    }
  }
  return rows.length;
}
