import { createHash, generateKeyPairSync } from 'node:crypto';
import type { ReceiptKeys } from '@auraimage/ports';
import type { Kysely, Transaction } from 'kysely';
import { receiptKeyContext, type SecretCipher } from '../database/cipher.js';
import { checkMasterKey, lockDatabase } from '../database/master-key.js';
import type { Database } from '../database/schema.js';
import { transact } from '../database/transaction.js';

/** Keys of receipts. The private half of the one that signs is encrypted. */
export function createReceiptKeys(db: Kysely<Database>, cipher: SecretCipher): ReceiptKeys {
  const signing = async (from: Kysely<Database> | Transaction<Database>) => {
    const row = await from
      .selectFrom('receipt_keys')
      .selectAll()
      .where('private_key', 'is not', null)
      .executeTakeFirst();
    if (row === undefined || row.private_key === null) return null;
    const { id, public_key: publicKey, private_key: secret } = row;
    return { id, publicKey, privateKey: cipher.decrypt(secret, receiptKeyContext(id)) };
  };

  /**
   * The database must be locked: `seq` orders the keys, and one of them signs.
   *
   * @param endEarlier ends what signed before
   */
  const add = async (trx: Transaction<Database>, endEarlier = async () => {}) => {
    await checkMasterKey(trx, cipher);
    const { last } = await trx
      .selectFrom('receipt_keys')
      .select((eb) => eb.fn.max('seq').as('last'))
      .executeTakeFirstOrThrow();
    await endEarlier();
    const { id, publicKey, privateKey } = makeKey();
    await trx
      .insertInto('receipt_keys')
      .values({
        seq: (last ?? 0) + 1,
        id,
        public_key: publicKey,
        private_key: cipher.encrypt(privateKey, receiptKeyContext(id)),
      })
      .execute();
    return { id, publicKey, privateKey };
  };

  const createFirst = () =>
    transact(db, async (trx) => {
      await lockDatabase(trx);
      return (await signing(trx)) ?? add(trx);
    });

  const list = () =>
    db
      .selectFrom('receipt_keys')
      .select(['id', 'public_key as publicKey'])
      .orderBy('seq', 'desc')
      .execute();

  return {
    signingKey: async () => (await signing(db)) ?? createFirst(),

    async publicKeys() {
      const keys = await list();
      if (keys.length > 0) return keys;
      await createFirst();
      return list();
    },

    rotate: (keepEarlier) =>
      transact(db, async (trx) => {
        await lockDatabase(trx);
        const { id, publicKey } = await add(trx, async () => {
          await (keepEarlier
            ? trx.updateTable('receipt_keys').set({ private_key: null }).execute()
            : trx.deleteFrom('receipt_keys').execute());
        });
        return { id, publicKey };
      }),
  };
}

function makeKey() {
  const { privateKey } = generateKeyPairSync('ed25519');
  const { x, d } = privateKey.export({ format: 'jwk' });
  if (x === undefined || d === undefined) throw new Error('an Ed25519 key has x and d');
  // RFC 7638: the required members in the order of their names.
  const thumbprint = JSON.stringify({ crv: 'Ed25519', kty: 'OKP', x });
  const id = createHash('sha256').update(thumbprint).digest('base64url');
  return { id, publicKey: x, privateKey: d };
}
