import { randomUUID } from 'node:crypto';
import type { Deletion, ProjectRegistry } from '@auraimage/ports';
import type { Kysely, Selectable } from 'kysely';
import type { WithReserve } from '../database/connection.js';
import type { Database } from '../database/schema.js';
import { transact } from '../database/transaction.js';
import { addAuditEntry } from './audit.js';
import { liveProjects } from './projects.js';
import { removeProjectWebhooks } from './webhook-rows.js';

/** The registry's methods for deletions. They free space, so they use the reserve of a full disk. */
export function createDeletionRows(
  db: Kysely<Database>,
  withReserve: WithReserve,
): Pick<
  ProjectRegistry,
  | 'beginDeletion'
  | 'listDeletions'
  | 'unfinishedDeletions'
  | 'listDeletionImages'
  | 'removeDeletionImages'
  | 'finishDeletion'
> {
  const lockUnfinished = (trx: Kysely<Database>, id: string) =>
    trx
      .selectFrom('deletions')
      .selectAll()
      .where('id', '=', id)
      .where('finished_at', 'is', null)
      .forUpdate()
      .executeTakeFirst();

  return {
    beginDeletion: (projectId, accountId, audit) =>
      withReserve(() =>
        transact(db, async (trx) => {
          const query = liveProjects(trx).selectAll().where('id', '=', projectId);
          const project = await query.forNoKeyUpdate().executeTakeFirst();
          if (project === undefined) return null;
          const now = Date.now();
          await trx
            .updateTable('projects')
            .set({ deleting_since: now })
            .where('id', '=', projectId)
            .execute();
          const row: Selectable<Database['deletions']> = {
            id: randomUUID(),
            account_id: accountId,
            project_id: projectId,
            project_name: project.name,
            images: project.image_count,
            removed: 0,
            started_at: now,
            finished_at: null,
          };
          await trx.insertInto('deletions').values(row).execute();
          await addAuditEntry(trx, audit, projectId, now);
          return toDeletion(row);
        }),
      ),

    async listDeletions(accountId, finishedSince) {
      const rows = await db
        .selectFrom('deletions')
        .selectAll()
        .where('account_id', '=', accountId)
        .where((eb) =>
          eb.or([eb('finished_at', 'is', null), eb('finished_at', '>=', finishedSince)]),
        )
        .orderBy('started_at', 'desc')
        .orderBy('id', 'desc')
        .execute();
      return rows.map(toDeletion);
    },

    async unfinishedDeletions() {
      const rows = await db
        .selectFrom('deletions')
        .selectAll()
        .where('finished_at', 'is', null)
        .orderBy('started_at')
        .orderBy('id')
        .execute();
      return rows.map(toDeletion);
    },

    async listDeletionImages(id, limit) {
      const rows = await db
        .selectFrom('deletions')
        .innerJoin('images', 'images.project_id', 'deletions.project_id')
        .select(['deletions.project_name', 'images.key', 'images.object_id'])
        .where('deletions.id', '=', id)
        .where('deletions.finished_at', 'is', null)
        // PostgreSQL would sort all images of the project if it did not know that this is one value.
        .where('images.project_id', '=', (eb) =>
          eb.selectFrom('deletions').select('project_id').where('id', '=', id),
        )
        .orderBy('images.key')
        .limit(limit)
        .execute();
      return rows.map((row) => ({
        project: row.project_name,
        key: row.key,
        objectId: row.object_id,
      }));
    },

    removeDeletionImages: (id, images) =>
      withReserve(() =>
        transact(db, async (trx) => {
          const deletion = await lockUnfinished(trx, id);
          if (deletion === undefined || images.length === 0) return;
          const { project_id: projectId } = deletion;
          const keys = images.map(({ key }) => key);
          const found = await trx
            .selectFrom('images')
            .select('key')
            .where('project_id', '=', projectId)
            .where('key', 'in', keys)
            .forUpdate()
            .execute();
          await trx
            .deleteFrom('images')
            .where('project_id', '=', projectId)
            .where('key', 'in', keys)
            .execute();
          await trx
            .updateTable('deletions')
            .set((eb) => ({ removed: eb('removed', '+', found.length) }))
            .where('id', '=', id)
            .execute();
        }),
      ),

    finishDeletion: (id) =>
      withReserve(async () => {
        const found = await db
          .selectFrom('deletions')
          .select('project_id')
          .where('id', '=', id)
          .where('finished_at', 'is', null)
          .executeTakeFirst();
        if (found === undefined) return;
        await removeProjectWebhooks(db, found.project_id);
        await transact(db, async (trx) => {
          const deletion = await lockUnfinished(trx, id);
          if (deletion === undefined) return;
          const { project_id: projectId } = deletion;
          // Waits for concurrent inserts into the project. Later ones find no project.
          await trx
            .selectFrom('projects')
            .select('id')
            .where('id', '=', projectId)
            .forUpdate()
            .execute();
          await trx.deleteFrom('usage_hours').where('project_id', '=', projectId).execute();
          await trx.deleteFrom('secret_keys').where('project_id', '=', projectId).execute();
          await trx.deleteFrom('revoked_names').where('project_id', '=', projectId).execute();
          await trx.deleteFrom('project_members').where('project_id', '=', projectId).execute();
          await trx.deleteFrom('invitations').where('project_id', '=', projectId).execute();
          await trx.deleteFrom('presets').where('project_id', '=', projectId).execute();
          await trx.deleteFrom('revoked_recipients').where('project_id', '=', projectId).execute();
          await trx.deleteFrom('named_usage').where('project_id', '=', projectId).execute();
          // The foreign key fails while there are images, whose objects would become orphans.
          await trx.deleteFrom('projects').where('id', '=', projectId).execute();
          await trx
            .updateTable('deletions')
            .set({ finished_at: Date.now() })
            .where('id', '=', id)
            .execute();
        });
      }),
  };
}

function toDeletion(row: Selectable<Database['deletions']>): Deletion {
  return {
    id: row.id,
    accountId: row.account_id,
    projectName: row.project_name,
    images: row.images,
    removed: row.removed,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
  };
}
