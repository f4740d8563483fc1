import { createHash } from 'node:crypto';
import type { ProjectSecrets } from '@auraimage/ports';
import type { Kysely, Transaction } from 'kysely';
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
      const project = await liveProjects(db)
        .selectAll()
        .where('projects.name', '=', name)
        .executeTakeFirst();
      if (project === undefined) return null;
      const keys = await activeKeys(db, project.id, project.account_id).execute();
      return {
        secretKeys: keys.map(({ id, name, secret }) => ({
          id,
          name,
          secret: cipher.decrypt(secret, secretKeyPlace(id)),
        })),
        allowedOrigins: JSON.parse(project.allowed_origins) as string[],
        quotaBytes: project.quota_bytes,
        usedBytes: project.used_bytes,
      };
    },
  };
}

/** Projects that are there: every look for one begins here, so that one being deleted is never found. */
export function liveProjects(db: Kysely<Database>) {
  return db.selectFrom('projects').where('projects.deleting_since', 'is', null);
}

/** Active keys that may sign for a project, newest first: its own, the internal one and its account's. */
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

/** Takes an account, for what is counted in it: nobody else adds to it meanwhile. */
export async function lockAccount(trx: Transaction<Database>, accountId: string): Promise<void> {
  await trx
    .selectFrom('accounts')
    .select('id')
    .where('id', '=', accountId)
    .forNoKeyUpdate()
    .execute();
}

/** Adds to what a project stores; takes off with numbers below 0. */
export async function addUsage(
  trx: Transaction<Database>,
  projectId: string,
  bytes: number,
  images: number,
): Promise<void> {
  await trx
    .updateTable('projects')
    .set((eb) => ({
      used_bytes: eb('used_bytes', '+', bytes),
      image_count: eb('image_count', '+', images),
    }))
    .where('id', '=', projectId)
    .execute();
}
