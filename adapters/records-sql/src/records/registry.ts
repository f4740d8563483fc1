import { randomUUID } from 'node:crypto';
import type { ProjectChanges, ProjectRegistry } from '@auraimage/ports';
import type { Kysely, Selectable, Transaction } from 'kysely';
import { type SecretCipher, serveSecretContext } from '../database/cipher.js';
import type { WithReserve } from '../database/connection.js';
import { checkMasterKey, lockDatabase } from '../database/master-key.js';
import type { Database } from '../database/schema.js';
import { isUniqueViolation, transact } from '../database/transaction.js';
import { addAuditEntry } from './audit.js';
import { addMember } from './members.js';
import { liveProjects, lockAccount, toProject } from './projects.js';
import { updateQuotaMark } from './quota-marks.js';
import { createDeletionRows } from './registry-deletions.js';
import { createSecretKeyRows, createServeSecretRows } from './registry-secrets.js';
import type { EventWriter } from './webhook-events.js';

/** Accounts, projects and keys. Secrets are encrypted. */
export function createProjectRegistry(
  db: Kysely<Database>,
  cipher: SecretCipher,
  withReserve: WithReserve,
  events: EventWriter,
): ProjectRegistry {
  const createAccount = async (trx: Kysely<Database>) => {
    const id = randomUUID();
    await trx.insertInto('accounts').values({ id, created_at: Date.now() }).execute();
    return id;
  };

  return {
    createAccount: () => createAccount(db),
    async removeAccount(id) {
      // Foreign keys refuse the removal of an account that something belongs to.
      await db.deleteFrom('accounts').where('id', '=', id).execute();
    },
    firstAccount: () =>
      transact(db, async (trx) => {
        await lockDatabase(trx);
        const oldest = trx
          .selectFrom('accounts')
          .select('accounts.id')
          .orderBy('accounts.created_at')
          .orderBy('accounts.id');
        const ofAdmin = oldest
          .innerJoin('users', 'users.account_id', 'accounts.id')
          .where('users.role', '=', 'admin');
        const first = (await ofAdmin.executeTakeFirst()) ?? (await oldest.executeTakeFirst());
        return first?.id ?? createAccount(trx);
      }),
    ...createProjectRows(db, cipher, events),
    ...createServeSecretRows(db, cipher, withReserve),
    ...createSecretKeyRows(db, cipher, withReserve),
    ...createDeletionRows(db, withReserve),
  };
}

/** The registry's methods for projects. */
function createProjectRows(
  db: Kysely<Database>,
  cipher: SecretCipher,
  events: EventWriter,
): Pick<
  ProjectRegistry,
  'createProject' | 'findProject' | 'isNameTaken' | 'listProjects' | 'changeProject'
> {
  return {
    createProject: (project, limit, audit) =>
      orNameTaken(
        transact(db, async (trx) => {
          const { accountId, name, serveSecret, allowedOrigins, quotaBytes } = project;
          await lockAccount(trx, accountId);
          if (await isNameTaken(trx, name)) return 'name_taken';
          const { projects } = await liveProjects(trx)
            .select((eb) => eb.fn.countAll<number>().as('projects'))
            .where('account_id', '=', accountId)
            .executeTakeFirstOrThrow();
          if (projects >= limit) return 'limit_reached';
          await checkMasterKey(trx, cipher);
          const id = randomUUID();
          const now = Date.now();
          const row: Selectable<Database['projects']> = {
            id,
            account_id: accountId,
            name,
            serve_secret: cipher.encrypt(serveSecret, serveSecretContext(id)),
            previous_serve_secret: null,
            previous_until: null,
            rotated_at: null,
            rotations: 0,
            allowed_origins: JSON.stringify(allowedOrigins),
            quota_bytes: quotaBytes,
            quota_mark: 0,
            unsigned_transforms: 'any',
            master_metadata: 'keep',
            used_bytes: 0,
            image_count: 0,
            deleting_since: null,
            created_at: now,
          };
          await trx.insertInto('projects').values(row).execute();
          await addMember(trx, id, { accountId, role: 'owner' }, now);
          await addAuditEntry(trx, audit, id, now);
          return toProject(row);
        }),
      ),

    async findProject(name) {
      const query = liveProjects(db).selectAll().where('name', '=', name);
      const row = await query.executeTakeFirst();
      return row === undefined ? null : toProject(row);
    },

    isNameTaken: (name) => isNameTaken(db, name),

    async listProjects() {
      const query = liveProjects(db).selectAll().orderBy('created_at').orderBy('id');
      return (await query.execute()).map(toProject);
    },

    changeProject: (projectId, changes, entries) =>
      orNameTaken(
        events.transact(async (trx, { emit }) => {
          const query = liveProjects(trx).selectAll().where('id', '=', projectId);
          const row = await query.forNoKeyUpdate().executeTakeFirst();
          if (row === undefined) return null;
          const { name = row.name } = changes;
          if (name !== row.name && (await isNameTaken(trx, name))) return 'name_taken';
          const set = { name, ...toColumns(changes) };
          await trx.updateTable('projects').set(set).where('id', '=', projectId).execute();
          const now = Date.now();
          for (const entry of entries) await addAuditEntry(trx, entry, projectId, now);
          await updateQuotaMark(trx, emit, { ...row, ...set });
          return toProject({ ...row, ...set });
        }),
      ),
  };
}

/** A concurrent transaction may insert the same name. */
function orNameTaken<T>(change: Promise<T>): Promise<T | 'name_taken'> {
  return change.catch((error: unknown) => {
    if (isUniqueViolation(error)) return 'name_taken';
    throw error;
  });
}

/** Includes projects that are being deleted. */
async function isNameTaken(db: Kysely<Database> | Transaction<Database>, name: string) {
  const query = db.selectFrom('projects').select('id').where('name', '=', name);
  return (await query.executeTakeFirst()) !== undefined;
}

function toColumns({
  allowedOrigins,
  quotaBytes,
  unsignedTransforms,
  masterMetadata,
}: ProjectChanges) {
  return {
    ...(allowedOrigins === undefined ? {} : { allowed_origins: JSON.stringify(allowedOrigins) }),
    ...(quotaBytes === undefined ? {} : { quota_bytes: quotaBytes }),
    ...(unsignedTransforms === undefined ? {} : { unsigned_transforms: unsignedTransforms }),
    ...(masterMetadata === undefined ? {} : { master_metadata: masterMetadata }),
  };
}
