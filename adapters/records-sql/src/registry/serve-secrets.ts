import type { ProjectRegistry } from '@auraimage/ports';
import type { Kysely, Transaction } from 'kysely';
import { addAuditEntry } from '../audit.js';
import type { SecretCipher } from '../cipher.js';
import { checkMasterKey } from '../master-key-check.js';
import { liveProjects, serveSecretPlace } from '../projects.js';
import type { EvenWhenFull } from '../reserve.js';
import type { Database } from '../schema.js';
import { transact } from '../transact.js';

/** The registry's methods about serve secrets. */
export function createServeSecretRows(
  db: Kysely<Database>,
  cipher: SecretCipher,
  evenWhenFull: EvenWhenFull,
): Pick<ProjectRegistry, 'serveSecrets' | 'replaceServeSecret' | 'endGracePeriod'> {
  return {
    async serveSecrets(projectId) {
      const row = await liveProjects(db).selectAll().where('id', '=', projectId).executeTakeFirst();
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

    replaceServeSecret: (projectId, secret, previousUntil, by) =>
      evenWhenFull(() =>
        transact(db, async (trx) => {
          await checkMasterKey(trx, cipher);
          const now = Date.now();
          const { numUpdatedRows } = await trx
            .updateTable('projects')
            .set((eb) => ({
              serve_secret: cipher.encrypt(secret, serveSecretPlace(projectId)),
              // The old value: every expression of an UPDATE sees the row as it was.
              previous_serve_secret: previousUntil === null ? null : eb.ref('serve_secret'),
              previous_until: previousUntil,
              rotated_at: now,
            }))
            .where('id', '=', projectId)
            .where('deleting_since', 'is', null)
            .executeTakeFirst();
          if (numUpdatedRows === 0n) return false;
          await forgetReads(trx, projectId);
          await addAuditEntry(trx, by, projectId, now);
          return true;
        }),
      ),

    endGracePeriod: (projectId, by) =>
      evenWhenFull(() =>
        transact(db, async (trx) => {
          const { numUpdatedRows } = await trx
            .updateTable('projects')
            .set({ previous_until: 0 })
            .where('id', '=', projectId)
            .where('deleting_since', 'is', null)
            .where('previous_until', '>', 0)
            .executeTakeFirst();
          if (numUpdatedRows === 0n) return false;
          await forgetReads(trx, projectId);
          await addAuditEntry(trx, by, projectId, Date.now());
          return true;
        }),
      ),
  };
}

/** What was counted of one previous secret says nothing about the next. */
async function forgetReads(trx: Transaction<Database>, projectId: string): Promise<void> {
  await trx
    .updateTable('usage_hours')
    .set({ previous_secret_reads: 0, previous_secret_last_at: null })
    .where('project_id', '=', projectId)
    .where('previous_secret_reads', '>', 0)
    .execute();
}
