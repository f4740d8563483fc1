import { plain, type Sql } from '../d1/binding.js';
import { createD1Api, type D1ApiOptions, type D1Place } from '../d1/http-api.js';
import type { SecretCipher } from '../database/cipher.js';
import { createRekeyCiphers, ENCRYPTED, type MasterKeyChange } from '../database/master-key.js';
import { closeD1, refuseMoving, statementsToReopen } from './d1-closing.js';
import { checkD1Key, requireMigrated, textsOf } from './d1-transfer-database.js';

type Encrypted = (typeof ENCRYPTED)[number];

interface D1RekeyOptions extends D1ApiOptions {
  /** Called before the database is closed for changes. */
  readonly onClosing?: () => void;
}

/**
 * `rekeySqliteRecords` for the database of a Worker, which is closed for changes meanwhile. One batch writes all secrets and
 * opens it: before it the old key applies, after it the new one. It fails if a move has begun meanwhile. Time Travel keeps
 * the old ciphertexts for its 30 days.
 *
 * @returns the number of secrets
 * @throws {WrongMasterKeyError} when `masterKey` is not the current one; nothing is changed
 * @throws {TransferError} when a move has closed the database, or a rekey of an earlier version; nothing is changed
 * @throws {StorageUnavailableError} when a move closes the database meanwhile: the old key applies. Also when D1 does not
 *   answer: one of the two keys applies
 * @throws {RangeError} when a key does not have 32 bytes, or both are the same
 */
export async function rekeyD1Records(
  place: D1Place,
  keys: MasterKeyChange,
  options: D1RekeyOptions = {},
): Promise<number> {
  const { from, to } = createRekeyCiphers(keys);
  const primary = createD1Api(place, options);
  await checkD1Key(place, keys.masterKey, options);
  await requireMigrated(primary);
  await refuseMoving(primary);
  options.onClosing?.();
  await closeD1(primary, 'rekey');
  const statements = await statementsToReopen(primary, 'rekey');
  let count = 0;
  for (const column of ENCRYPTED) {
    const rows = await primary.query(secretsIn(column));
    const changes = rows.map(({ id, text }) => {
      const old = Buffer.from(String(text), 'hex');
      return [String(id), old, reencrypt(column.context(String(id)), old, from, to)];
    });
    for (const texts of textsOf(changes)) statements.push(update(column, texts));
    count += rows.length;
  }
  await primary.batch(statements);
  for (const column of ENCRYPTED) {
    for (const { id, text } of await primary.query(secretsIn(column))) {
      to.decrypt(Buffer.from(String(text), 'hex'), column.context(String(id)));
    }
  }
  return count - 1; // without the master key check
}

const secretsIn = ({ table, id, column }: Encrypted): Sql =>
  plain(`SELECT ${id} AS id, hex(${column}) AS text FROM ${table} WHERE ${column} IS NOT NULL`);

function reencrypt(context: string, old: Buffer, from: SecretCipher, to: SecretCipher): Uint8Array {
  return to.encrypt(from.decrypt(old, context), context);
}

/** Replaces each text only where it is the old one: the batch may be sent twice. */
function update({ table, id, column }: Encrypted, texts: string): Sql {
  const part = (at: number) => `json_extract(changes.value, '$[${at}]')`;
  return {
    sql: `UPDATE ${table} SET ${column} = unhex(${part(2)}) FROM json_each(?1) AS changes
      WHERE ${table}.${id} = ${part(0)} AND ${table}.${column} = unhex(${part(1)})`,
    parameters: [texts],
  };
}
