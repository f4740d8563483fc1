import { randomUUID } from 'node:crypto';
import type { NewSecretKey, ProjectRegistry, SecretKey } from '@auraimage/ports';
import { makeSecret, SECRET_KEY_PREFIX } from '@auraimage/protocol';
import type { Kysely, Selectable, Transaction } from 'kysely';
import { addAuditEntry } from '../audit.js';
import type { SecretCipher } from '../cipher.js';
import { checkMasterKey } from '../master-key-check.js';
import { activeKeys, hashSecret, liveProjects, lockAccount, secretKeyPlace } from '../projects.js';
import type { EvenWhenFull } from '../reserve.js';
import type { Database } from '../schema.js';
import { transact } from '../transact.js';

/** The registry's methods about secret keys. */
export function createSecretKeyRows(
  db: Kysely<Database>,
  cipher: SecretCipher,
  evenWhenFull: EvenWhenFull,
): Pick<
  ProjectRegistry,
  'createSecretKey' | 'listSecretKeys' | 'revokeSecretKey' | 'findSecretKey' | 'internalSecretKey'
> {
  const insert = async (
    trx: Transaction<Database>,
    { accountId, projectId, name, secret }: NewSecretKey,
    internal: 0 | 1,
  ) => {
    await checkMasterKey(trx, cipher);
    const id = randomUUID();
    return trx
      .insertInto('secret_keys')
      .values({
        id,
        account_id: accountId,
        project_id: projectId,
        name,
        internal,
        secret: cipher.encrypt(secret, secretKeyPlace(id)),
        secret_hash: hashSecret(secret),
        last_four: secret.slice(-4),
        created_at: Date.now(),
        last_used_at: null,
        revoked_at: null,
      })
      .returningAll()
      .executeTakeFirstOrThrow();
  };

  return {
    createSecretKey: (key, limit, by) =>
      transact(db, async (trx) => {
        const { accountId, projectId } = key;
        if (projectId !== null && (await heldAccountOf(trx, projectId)) !== accountId) {
          throw new Error('the account has no such project');
        }
        await lockAccount(trx, accountId);
        const { active } = await trx
          .selectFrom('secret_keys')
          .select((eb) => eb.fn.countAll<number>().as('active'))
          .where('account_id', '=', accountId)
          .where('project_id', projectId === null ? 'is' : '=', projectId)
          .where('revoked_at', 'is', null)
          .where('internal', '=', 0)
          .executeTakeFirstOrThrow();
        if (active >= limit) return 'limit_reached';
        const row = await insert(trx, key, 0);
        await addAuditEntry(trx, by, projectId, row.created_at);
        return toSecretKey(row);
      }),

    async listSecretKeys(projectId) {
      const accountId = await accountOf(db, projectId);
      if (accountId === undefined) return [];
      const query = activeKeys(db, projectId, accountId).where('internal', '=', 0);
      return (await query.execute()).map(toSecretKey);
    },

    revokeSecretKey: (projectId, id, by) =>
      evenWhenFull(() =>
        transact(db, async (trx) => {
          const accountId = await accountOf(trx, projectId);
          if (accountId === undefined) return false;
          const now = Date.now();
          const { numUpdatedRows } = await trx
            .updateTable('secret_keys')
            .set({ revoked_at: now })
            .where('id', '=', id)
            .where('account_id', '=', accountId)
            .where((eb) => eb.or([eb('project_id', '=', projectId), eb('project_id', 'is', null)]))
            .where('revoked_at', 'is', null)
            .where('internal', '=', 0)
            .executeTakeFirst();
          if (numUpdatedRows === 0n) return false;
          await addAuditEntry(trx, by, projectId, now);
          return true;
        }),
      ),

    async findSecretKey(secret) {
      const row = await db
        .selectFrom('secret_keys')
        .selectAll()
        .where('secret_hash', '=', hashSecret(secret))
        .where('revoked_at', 'is', null)
        .where('internal', '=', 0)
        .executeTakeFirst();
      if (row === undefined) return null;
      const { project_id: projectId } = row;
      if (projectId !== null && (await accountOf(db, projectId)) === undefined) return null;
      return toSecretKey(row);
    },

    internalSecretKey: (projectId) =>
      transact(db, async (trx) => {
        const accountId = await heldAccountOf(trx, projectId);
        if (accountId === undefined) return null;
        await lockAccount(trx, accountId);
        const kept = await activeKeys(trx, projectId, accountId)
          .where('internal', '=', 1)
          .executeTakeFirst();
        if (kept !== undefined) return cipher.decrypt(kept.secret, secretKeyPlace(kept.id));
        const secret = makeSecret(SECRET_KEY_PREFIX);
        await insert(trx, { accountId, projectId, name: 'AuraImage', secret }, 1);
        return secret;
      }),
  };
}

/** `undefined` for a project that does not exist. */
async function accountOf(db: Kysely<Database>, projectId: string): Promise<string | undefined> {
  return (await accountQuery(db, projectId).executeTakeFirst())?.account_id;
}

/** The same for a change that needs the project to stay until it ends. */
async function heldAccountOf(trx: Transaction<Database>, projectId: string) {
  return (await accountQuery(trx, projectId).forKeyShare().executeTakeFirst())?.account_id;
}

function accountQuery(db: Kysely<Database>, projectId: string) {
  return liveProjects(db).select('account_id').where('id', '=', projectId);
}

function toSecretKey(row: Selectable<Database['secret_keys']>): SecretKey {
  return {
    id: row.id,
    accountId: row.account_id,
    projectId: row.project_id,
    name: row.name,
    lastFour: row.last_four,
    createdAt: row.created_at,
    lastUsedAt: row.last_used_at,
  };
}
