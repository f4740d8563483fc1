import { createHash } from 'node:crypto';
import type { Project, ProjectSecrets } from '@auraimage/ports';
import type { Kysely, Selectable, Transaction } from 'kysely';
import { type SecretCipher, secretKeyContext } from '../database/cipher.js';
import type { Database } from '../database/schema.js';

export function hashSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

/** Projects for the upload path. Every call reads the rows; only decrypted secrets are cached. */
export function createProjectSecrets(db: Kysely<Database>, cipher: SecretCipher): ProjectSecrets {
  return {
    async uploadPolicy(name) {
      const project = await liveProjects(db)
        .selectAll()
        .where('projects.name', '=', name)
        .executeTakeFirst();
      if (project === undefined) return null;
      const keys = await activeKeys(db, project.id, project.account_id).execute();
      return {
        projectId: project.id,
        secretKeys: keys.map(({ id, internal, name, secret }) => ({
          id,
          internal: internal === 1,
          name,
          secret: cipher.decrypt(secret, secretKeyContext(id)),
        })),
        allowedOrigins: JSON.parse(project.allowed_origins) as string[],
        quotaBytes: project.quota_bytes,
        usedBytes: project.used_bytes,
      };
    },
  };
}

/** Projects without those that are being deleted. Every query of a project starts here. */
export function liveProjects(db: Kysely<Database>) {
  return db.selectFrom('projects').where('projects.deleting_since', 'is', null);
}

/** Active keys that may sign for a project, newest first: its own, the internal one and those of its account. */
export function activeKeys(db: Kysely<Database>, projectId: string, accountId: string) {
  return db
    .selectFrom('secret_keys')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('revoked_at', 'is', null)
    .where((eb) => eb.or([eb('project_id', '=', projectId), eb('project_id', 'is', null)]))
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc');
}

/** Locks an account, so that concurrent transactions cannot pass a limit of it. */
export async function lockAccount(trx: Transaction<Database>, accountId: string): Promise<void> {
  await trx
    .selectFrom('accounts')
    .select('id')
    .where('id', '=', accountId)
    .forNoKeyUpdate()
    .execute();
}

export function toProject(row: Selectable<Database['projects']>): Project {
  return {
    id: row.id,
    accountId: row.account_id,
    name: row.name,
    allowedOrigins: JSON.parse(row.allowed_origins) as string[],
    quotaBytes: row.quota_bytes,
    unsignedTransforms: row.unsigned_transforms,
    masterMetadata: row.master_metadata,
    usedBytes: row.used_bytes,
    images: row.image_count,
    createdAt: row.created_at,
  };
}
