import { createHash } from 'node:crypto';
import type { ProjectSecrets } from '@auraimage/edge';
import type { Kysely } from 'kysely';
import type { SecretCipher } from './cipher.js';
import type { Database } from './schema.js';

/** Where a secret lies: binds its ciphertext to the row. Both serve secrets share a place: they swap. */
export const serveSecretPlace = (projectId: string): string => `projects.serve_secret:${projectId}`;
export const secretKeyPlace = (id: string): string => `secret_keys.secret:${id}`;

export function hashSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

/** Projects as the edge reads them. Rows are read for every call; only decryption is remembered. */
export function createProjectSecrets(db: Kysely<Database>, cipher: SecretCipher): ProjectSecrets {
  return {
    async uploadPolicy(name) {
      const project = await db
        .selectFrom('projects')
        .selectAll()
        .where('name', '=', name)
        .executeTakeFirst();
      if (project === undefined) return null;
      const keys = await activeKeys(db, project.id, project.account_id).execute();
      return {
        secretKeys: keys.map(({ id, secret }) => cipher.decrypt(secret, secretKeyPlace(id))),
        allowedOrigins: JSON.parse(project.allowed_origins) as string[],
        quotaBytes: project.quota_bytes,
        usedBytes: project.used_bytes,
      };
    },

    async access(secretKey, name) {
      const key = await db
        .selectFrom('secret_keys')
        .select(['account_id', 'project_id'])
        .where('secret_hash', '=', hashSecret(secretKey))
        .where('revoked_at', 'is', null)
        .executeTakeFirst();
      if (key === undefined) return 'unknown';
      const project = await db
        .selectFrom('projects')
        .select(['id', 'account_id'])
        .where('name', '=', name)
        .executeTakeFirst();
      const opens =
        project !== undefined &&
        project.account_id === key.account_id &&
        (key.project_id === null || key.project_id === project.id);
      return opens ? 'granted' : 'other';
    },
  };
}

/** Active keys that may sign for a project, newest first: its own and its account's. */
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
