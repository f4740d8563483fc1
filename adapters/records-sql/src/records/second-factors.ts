import { randomUUID } from 'node:crypto';
import type { SecondFactorRecords } from '@auraimage/ports';
import type { Kysely, Transaction } from 'kysely';
import { type SecretCipher, secondFactorContext } from '../database/cipher.js';
import { checkMasterKey } from '../database/master-key.js';
import type { Database } from '../database/schema.js';
import { transact } from '../database/transaction.js';
import { hashSecret } from './projects.js';

/** Time step before every other. */
const NO_STEP = -1;

/** Secrets of authenticator apps. Every change of state is guarded, since servers decide concurrently. */
export function createSecondFactors(
  db: Kysely<Database>,
  cipher: SecretCipher,
): SecondFactorRecords {
  const change = (from: Kysely<Database> | Transaction<Database>, id: string) =>
    from.updateTable('second_factors').where('id', '=', id);

  const addCodes = (trx: Transaction<Database>, id: string, codes: readonly string[]) =>
    trx
      .insertInto('backup_codes')
      .values(codes.map((code) => ({ second_factor_id: id, code_hash: hashSecret(code) })))
      .execute();

  return {
    async find(userId) {
      const row = await db
        .selectFrom('second_factors')
        .selectAll()
        .select((eb) =>
          eb
            .selectFrom('backup_codes')
            .select((codes) => codes.fn.countAll().as('count'))
            .whereRef('backup_codes.second_factor_id', '=', 'second_factors.id')
            .as('codes'),
        )
        .where('user_id', '=', userId)
        .executeTakeFirst();
      if (row === undefined) return null;
      const { id, prepared_at: preparedAt, enabled_at: enabledAt, codes } = row;
      const secret = cipher.decrypt(row.secret, secondFactorContext(id));
      return { id, userId, secret, preparedAt, enabledAt, backupCodes: Number(codes) };
    },

    prepare: (userId, secret) =>
      transact(db, async (trx) => {
        await checkMasterKey(trx, cipher);
        // Locked, so that of two concurrent calls the second one replaces what the first one made.
        await trx
          .selectFrom('users')
          .select('id')
          .where('id', '=', userId)
          .forNoKeyUpdate()
          .execute();
        const known = await trx
          .selectFrom('second_factors')
          .select('enabled_at')
          .where('user_id', '=', userId)
          .forUpdate()
          .executeTakeFirst();
        if (known !== undefined && known.enabled_at !== null) return false;
        await trx.deleteFrom('second_factors').where('user_id', '=', userId).execute();
        const id = randomUUID();
        await trx
          .insertInto('second_factors')
          .values({
            id,
            user_id: userId,
            secret: cipher.encrypt(secret, secondFactorContext(id)),
            prepared_at: Date.now(),
            enabled_at: null,
            last_step: NO_STEP,
            attempts: 0,
          })
          .execute();
        return true;
      }),

    enable: (id, step, backupCodes) =>
      transact(db, async (trx) => {
        const prepared = await trx
          .selectFrom('second_factors')
          .select('id')
          .where('id', '=', id)
          .where('enabled_at', 'is', null)
          .forUpdate()
          .executeTakeFirst();
        if (prepared === undefined) return false;
        await change(trx, id)
          .set({ enabled_at: Date.now(), last_step: step, attempts: 0 })
          .execute();
        await addCodes(trx, id, backupCodes);
        return true;
      }),

    async countAttempt(id, most) {
      const { numUpdatedRows } = await change(db, id)
        .set((eb) => ({ attempts: eb('attempts', '+', 1) }))
        .where('attempts', '<', most)
        .executeTakeFirst();
      return numUpdatedRows > 0n;
    },

    async acceptStep(id, step) {
      const { numUpdatedRows } = await change(db, id)
        .set({ last_step: step, attempts: 0 })
        .where('last_step', '<', step)
        .executeTakeFirst();
      return numUpdatedRows > 0n;
    },

    useBackupCode: (id, code) =>
      transact(db, async (trx) => {
        const code_hash = hashSecret(code);
        const unused = await trx
          .selectFrom('backup_codes')
          .select('code_hash')
          .where('second_factor_id', '=', id)
          .where('code_hash', '=', code_hash)
          .forUpdate()
          .executeTakeFirst();
        if (unused === undefined) return false;
        await trx
          .deleteFrom('backup_codes')
          .where('second_factor_id', '=', id)
          .where('code_hash', '=', code_hash)
          .execute();
        await change(trx, id).set({ attempts: 0 }).execute();
        return true;
      }),

    replaceBackupCodes: (id, codes) =>
      transact(db, async (trx) => {
        // Locks the row, so that of two concurrent calls one's codes stay and not both.
        await change(trx, id).set({ attempts: 0 }).execute();
        await trx.deleteFrom('backup_codes').where('second_factor_id', '=', id).execute();
        await addCodes(trx, id, codes);
      }),

    async remove(userId) {
      const { numDeletedRows } = await db
        .deleteFrom('second_factors')
        .where('user_id', '=', userId)
        .where('enabled_at', 'is not', null)
        .executeTakeFirst();
      return numDeletedRows > 0n;
    },
  };
}
