import { randomUUID } from 'node:crypto';
import type { NewSecretKey, ProjectRegistry, SecretKey } from '@auraimage/ports';
import { makeSecret, SECRET_KEY_PREFIX } from '@auraimage/protocol';
import type { Kysely, Selectable, Transaction } from 'kysely';
import { type SecretCipher, secretKeyContext, serveSecretContext } from '../database/cipher.js';
import type { WithReserve } from '../database/connection.js';
import { checkMasterKey } from '../database/master-key.js';
import type { Database } from '../database/schema.js';
import { transact } from '../database/transaction.js';
import { addAuditEntry } from './audit.js';
import { activeKeys, hashSecret, liveProjects, lockAccount } from './projects.js';

/** The registry's methods for serve secrets. */
export function createServeSecretRows(
  db: Kysely<Database>,
  cipher: SecretCipher,
  withReserve: WithReserve,
): Pick<ProjectRegistry, 'serveSecrets' | 'replaceServeSecret' | 'endGracePeriod'> {
  return {
    async serveSecrets(projectId) {
      const row = await liveProjects(db).selectAll().where('id', '=', projectId).executeTakeFirst();
      if (row === undefined) return null;
      const decrypt = (text: Uint8Array) => cipher.decrypt(text, serveSecretContext(projectId));
      const { serve_secret, previous_serve_secret, previous_until } = row;
      return {
        current: decrypt(serve_secret),
        previous:
          previous_serve_secret === null || previous_until === null
            ? null
            : { secret: decrypt(previous_serve_secret), until: previous_until },
      };
    },

    replaceServeSecret: (projectId, secret, previousUntil, audit) =>
      withReserve(() =>
        transact(db, async (trx) => {
          await checkMasterKey(trx, cipher);
          if ((await lockedProject(trx, projectId)) === undefined) return false;
          const now = Date.now();
          await trx
            .updateTable('projects')
            .set((eb) => ({
              serve_secret: cipher.encrypt(secret, serveSecretContext(projectId)),
              // Expressions of an UPDATE see the old row.
              previous_serve_secret: previousUntil === null ? null : eb.ref('serve_secret'),
              previous_until: previousUntil,
              rotated_at: now,
              rotations: eb('rotations', '+', 1),
            }))
            .where('id', '=', projectId)
            .execute();
          await resetPreviousReads(trx, projectId);
          await addAuditEntry(trx, audit, projectId, now);
          return true;
        }),
      ),

    endGracePeriod: (projectId, audit) =>
      withReserve(() =>
        transact(db, async (trx) => {
          const project = await lockedProject(trx, projectId);
          if (project === undefined || (project.previous_until ?? 0) <= 0) return false;
          await trx
            .updateTable('projects')
            .set({ previous_until: 0 })
            .where('id', '=', projectId)
            .execute();
          await resetPreviousReads(trx, projectId);
          await addAuditEntry(trx, audit, projectId, Date.now());
          return true;
        }),
      ),
  };
}

function lockedProject(trx: Transaction<Database>, id: string) {
  return liveProjects(trx)
    .select('previous_until')
    .where('id', '=', id)
    .forNoKeyUpdate()
    .executeTakeFirst();
}

/** The counts belong to the old previous secret. */
async function resetPreviousReads(trx: Transaction<Database>, projectId: string): Promise<void> {
  await trx
    .updateTable('usage_hours')
    .set({ previous_secret_reads: 0, previous_secret_last_at: null })
    .where('project_id', '=', projectId)
    .where('previous_secret_reads', '>', 0)
    .execute();
}

/** The registry's methods for secret keys. */
export function createSecretKeyRows(
  db: Kysely<Database>,
  cipher: SecretCipher,
  withReserve: WithReserve,
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
    const row: Selectable<Database['secret_keys']> = {
      id,
      account_id: accountId,
      project_id: projectId,
      name,
      internal,
      secret: cipher.encrypt(secret, secretKeyContext(id)),
      secret_hash: hashSecret(secret),
      last_four: secret.slice(-4),
      created_at: Date.now(),
      last_used_at: null,
      revoked_at: null,
    };
    await trx.insertInto('secret_keys').values(row).execute();
    return row;
  };

  return {
    createSecretKey: (key, limit, audit) =>
      transact(db, async (trx) => {
        const { accountId, projectId } = key;
        if (projectId !== null && (await lockAccountOf(trx, projectId)) !== accountId) {
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
        await addAuditEntry(trx, audit, projectId, row.created_at);
        return toSecretKey(row);
      }),

    async listSecretKeys(projectId) {
      const accountId = await accountOf(db, projectId);
      if (accountId === undefined) return [];
      const query = activeKeys(db, projectId, accountId).where('internal', '=', 0);
      return (await query.execute()).map(toSecretKey);
    },

    revokeSecretKey: (projectId, id, audit) =>
      withReserve(() =>
        transact(db, async (trx) => {
          const accountId = await accountOf(trx, projectId);
          if (accountId === undefined) return false;
          const now = Date.now();
          const key = await trx
            .selectFrom('secret_keys')
            .select('id')
            .where('id', '=', id)
            .where('account_id', '=', accountId)
            .where((eb) => eb.or([eb('project_id', '=', projectId), eb('project_id', 'is', null)]))
            .where('revoked_at', 'is', null)
            .where('internal', '=', 0)
            .forUpdate()
            .executeTakeFirst();
          if (key === undefined) return false;
          await trx
            .updateTable('secret_keys')
            .set({ revoked_at: now })
            .where('id', '=', id)
            .execute();
          await addAuditEntry(trx, audit, projectId, now);
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
        const accountId = await lockAccountOf(trx, projectId);
        if (accountId === undefined) return null;
        await lockAccount(trx, accountId);
        const known = await activeKeys(trx, projectId, accountId)
          .where('internal', '=', 1)
          .executeTakeFirst();
        if (known !== undefined) return cipher.decrypt(known.secret, secretKeyContext(known.id));
        const secret = makeSecret(SECRET_KEY_PREFIX);
        await insert(trx, { accountId, projectId, name: 'AuraImage', secret }, 1);
        return secret;
      }),
  };
}

/** `undefined` for an unknown project. */
async function accountOf(db: Kysely<Database>, projectId: string): Promise<string | undefined> {
  return (await accountQuery(db, projectId).executeTakeFirst())?.account_id;
}

/** {@link accountOf} with a lock, so that the project exists until the end of the transaction. */
async function lockAccountOf(trx: Transaction<Database>, projectId: string) {
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
