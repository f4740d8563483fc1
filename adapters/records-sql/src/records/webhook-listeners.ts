import { randomUUID } from 'node:crypto';
import type { WebhookRecords } from '@auraimage/ports';
import { type Kysely, sql } from 'kysely';
import type { SecretCipher } from '../database/cipher.js';
import type { SqlConnection } from '../database/connection.js';
import type { Database } from '../database/schema.js';
import { transact } from '../database/transaction.js';
import { deliveriesOf, isPending, removeDeliveries, toEvent } from './delivery-rows.js';
import { liveProjects } from './projects.js';
import { addWebhookEntry, insertWebhook, lockedProject, secretsOf } from './webhook-rows.js';

/** The methods of webhooks about listeners, which are rows of the same table without a URL. */
export function createListeners(
  db: Kysely<Database>,
  cipher: SecretCipher,
  now: SqlConnection['now'],
): Pick<WebhookRecords, 'createListener' | 'keepListener' | 'listen' | 'acknowledge'> {
  const listenerAt = (from: Kysely<Database>, projectId: string, id: string) =>
    liveProjects(from)
      .innerJoin('webhooks', 'webhooks.project_id', 'projects.id')
      .selectAll('webhooks')
      .where('projects.id', '=', projectId)
      .where('webhooks.id', '=', id)
      .where('webhooks.url', 'is', null)
      .where('webhooks.expires_at', '>', now());

  return {
    createListener: (projectId, { secret, lifeMs }, limit, origin) =>
      transact(db, async (trx) => {
        const project = await lockedProject(trx, now, projectId);
        if (project === undefined) return 'project_missing';
        const { listeners } = await trx
          .selectFrom('webhooks')
          .select((eb) => eb.fn.countAll<number>().as('listeners'))
          .where('project_id', '=', projectId)
          .where('expires_at', '>', project.now)
          .executeTakeFirstOrThrow();
        if (Number(listeners) >= limit) return 'limit_reached';
        const facts = {
          id: `lsn_${randomUUID()}`,
          project_id: projectId,
          url: null,
          types: '[]',
          expires_at: project.now + lifeMs,
          created_at: project.now,
        };
        await insertWebhook(trx, cipher, facts, secret);
        await addWebhookEntry(trx, project, { ...facts }, 'listener.created', origin, {});
        return { id: facts.id, expiresAt: facts.expires_at };
      }),

    keepListener: (projectId, id, lifeMs) =>
      transact(db, async (trx) => {
        const row = await listenerAt(trx, projectId, id)
          .forNoKeyUpdate('webhooks')
          .executeTakeFirst();
        if (row === undefined) return null;
        await trx
          .updateTable('webhooks')
          .set({ expires_at: sql<number>`${now()} + ${lifeMs}` })
          .where('id', '=', id)
          .execute();
        return secretsOf(row, cipher, 0).current;
      }),

    async listen(projectId, id, limit) {
      if ((await listenerAt(db, projectId, id).executeTakeFirst()) === undefined) return [];
      const rows = await deliveriesOf(db, id)
        .where(isPending)
        .orderBy('webhook_deliveries.seq')
        .limit(limit)
        .execute();
      return rows.map((row) => ({ delivery: row.id, event: toEvent(row) }));
    },

    async acknowledge(projectId, id, deliveries) {
      if (deliveries.length === 0) return;
      await transact(db, async (trx) => {
        if ((await listenerAt(trx, projectId, id).executeTakeFirst()) === undefined) return;
        const rows = await trx
          .selectFrom('webhook_deliveries')
          .select('seq')
          .where('webhook_id', '=', id)
          .where('id', 'in', deliveries)
          .execute();
        await removeDeliveries(trx, rows);
      });
    },
  };
}
