import { randomUUID } from 'node:crypto';
import type { Project, ProjectRegistry, SecretKey } from '@auraimage/control';
import type { Kysely, Selectable } from 'kysely';
import type { SecretCipher } from './cipher.js';
import { activeKeys, hashSecret, secretKeyPlace, serveSecretPlace } from './projects.js';
import type { Database } from './schema.js';

/** Accounts, projects and keys as rows; secrets are encrypted on the way in. */
export function createProjectRegistry(db: Kysely<Database>, cipher: SecretCipher): ProjectRegistry {
  const projectById = (id: string) =>
    db.selectFrom('projects').selectAll().where('id', '=', id).executeTakeFirst();

  return {
    async createAccount() {
      const id = randomUUID();
      await db.insertInto('accounts').values({ id, created_at: Date.now() }).execute();
      return id;
    },

    async createProject({ accountId, name, serveSecret, allowedOrigins, quotaBytes }) {
      const id = randomUUID();
      const row = await db
        .insertInto('projects')
        .values({
          id,
          account_id: accountId,
          name,
          serve_secret: cipher.encrypt(serveSecret, serveSecretPlace(id)),
          previous_serve_secret: null,
          previous_until: null,
          allowed_origins: JSON.stringify(allowedOrigins),
          quota_bytes: quotaBytes,
          used_bytes: 0,
          created_at: Date.now(),
        })
        .onConflict((conflict) => conflict.column('name').doNothing())
        .returningAll()
        .executeTakeFirst();
      return row === undefined ? 'name_taken' : toProject(row);
    },

    async findProject(name) {
      const query = db.selectFrom('projects').selectAll().where('name', '=', name);
      const row = await query.executeTakeFirst();
      return row === undefined ? null : toProject(row);
    },

    async listProjects() {
      const query = db.selectFrom('projects').selectAll().orderBy('created_at').orderBy('id');
      return (await query.execute()).map(toProject);
    },

    async serveSecrets(projectId) {
      const row = await projectById(projectId);
      if (row === undefined) return null;
      const open = (text: Uint8Array) => cipher.decrypt(text, serveSecretPlace(projectId));
      const { serve_secret, previous_serve_secret, previous_until } = row;
      return {
        current: open(serve_secret),
        previous:
          previous_serve_secret === null || previous_until === null
            ? null
            : { secret: open(previous_serve_secret), until: previous_until },
      };
    },

    async replaceServeSecret(projectId, secret, previousUntil) {
      const { numUpdatedRows } = await db
        .updateTable('projects')
        .set((eb) => ({
          serve_secret: cipher.encrypt(secret, serveSecretPlace(projectId)),
          // The old value: every expression of an UPDATE sees the row as it was.
          previous_serve_secret: previousUntil === null ? null : eb.ref('serve_secret'),
          previous_until: previousUntil,
        }))
        .where('id', '=', projectId)
        .executeTakeFirst();
      return numUpdatedRows > 0n;
    },

    createSecretKey: ({ accountId, projectId, name, secret }, limit) =>
      db.transaction().execute(async (trx) => {
        const { active } = await trx
          .selectFrom('secret_keys')
          .select((eb) => eb.fn.countAll<number>().as('active'))
          .where('account_id', '=', accountId)
          .where('project_id', projectId === null ? 'is' : '=', projectId)
          .where('revoked_at', 'is', null)
          .executeTakeFirstOrThrow();
        if (active >= limit) return 'limit_reached';
        const id = randomUUID();
        const row = await trx
          .insertInto('secret_keys')
          .values({
            id,
            account_id: accountId,
            project_id: projectId,
            name,
            secret: cipher.encrypt(secret, secretKeyPlace(id)),
            secret_hash: hashSecret(secret),
            last_four: secret.slice(-4),
            created_at: Date.now(),
            revoked_at: null,
          })
          .returningAll()
          .executeTakeFirstOrThrow();
        return toSecretKey(row);
      }),

    async listSecretKeys(projectId) {
      const project = await projectById(projectId);
      if (project === undefined) return [];
      const rows = await activeKeys(db, projectId, project.account_id).execute();
      return rows.map(toSecretKey);
    },

    async revokeSecretKey(id) {
      const { numUpdatedRows } = await db
        .updateTable('secret_keys')
        .set({ revoked_at: Date.now() })
        .where('id', '=', id)
        .where('revoked_at', 'is', null)
        .executeTakeFirst();
      return numUpdatedRows > 0n;
    },
  };
}

function toProject(row: Selectable<Database['projects']>): Project {
  return {
    id: row.id,
    accountId: row.account_id,
    name: row.name,
    allowedOrigins: JSON.parse(row.allowed_origins) as string[],
    quotaBytes: row.quota_bytes,
    usedBytes: row.used_bytes,
    createdAt: row.created_at,
  };
}

function toSecretKey(row: Selectable<Database['secret_keys']>): SecretKey {
  return {
    id: row.id,
    accountId: row.account_id,
    projectId: row.project_id,
    name: row.name,
    lastFour: row.last_four,
    createdAt: row.created_at,
  };
}
