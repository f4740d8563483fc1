import { randomUUID } from 'node:crypto';
import type { WebhookRecords } from '@auraimage/ports';
import type { Kysely } from 'kysely';
import { type SecretCipher, webhookSecretContext } from '../database/cipher.js';
import type { SqlConnection } from '../database/connection.js';
import { checkMasterKey } from '../database/master-key.js';
import type { Database } from '../database/schema.js';
import { transact } from '../database/transaction.js';
import type { EventWriter } from './webhook-events.js';
import { createListeners } from './webhook-listeners.js';
import { createDeliveryLog } from './webhook-log.js';
import {
  addWebhookEntry,
  insertWebhook,
  lockedProject,
  secretsOf,
  toWebhook,
  webhookAt,
  webhooksOf,
} from './webhook-rows.js';

/** Webhooks and listeners as rows of one table, with the deliveries of each. */
export function createWebhookRecords(
  db: Kysely<Database>,
  cipher: SecretCipher,
  events: EventWriter,
  { now, withReserve }: Pick<SqlConnection, 'now' | 'withReserve'>,
): WebhookRecords {
  return {
    ...createDeliveryLog(db, events, now),
    ...createListeners(db, cipher, now),

    create: (projectId, { url, types, secret }, limit, origin) =>
      transact(db, async (trx) => {
        // Locked, so that webhooks of a project are counted one after another.
        const project = await lockedProject(trx, now, projectId);
        if (project === undefined) return 'project_missing';
        const all = await webhooksOf(trx, now, projectId).execute();
        if (all.length >= limit) return 'limit_reached';
        const facts = {
          id: `wh_${randomUUID()}`,
          project_id: projectId,
          url,
          types: JSON.stringify(types),
          expires_at: null,
          created_at: project.now,
        };
        const row = await insertWebhook(trx, cipher, facts, secret);
        const details = { webhook: row.id, types: types.join(' ') };
        await addWebhookEntry(trx, project, row, 'webhook.created', origin, details);
        return toWebhook(row, project.now);
      }),

    async list(projectId) {
      const rows = await webhooksOf(db, now, projectId)
        .orderBy('webhooks.created_at')
        .orderBy('webhooks.id')
        .execute();
      return rows.map((row) => toWebhook(row, row.now));
    },

    async find(projectId, id) {
      const row = await webhookAt(db, now, projectId, id).executeTakeFirst();
      return row === undefined ? null : toWebhook(row, row.now);
    },

    change: (projectId, id, { url, types, enabled }, origin) =>
      withReserve(() =>
        transact(db, async (trx) => {
          const row = await webhookAt(trx, now, projectId, id)
            .forNoKeyUpdate('webhooks')
            .executeTakeFirst();
          if (row === undefined) return null;
          const changes = {
            url: url ?? row.url,
            types: types === undefined ? row.types : JSON.stringify(types),
            enabled: enabled === undefined ? row.enabled : enabled ? 1 : 0,
            ...(enabled === true && { disabled_reason: null }),
            // What failed before says nothing about another address.
            failures: url === undefined && enabled === undefined ? row.failures : 0,
          } as const;
          await trx.updateTable('webhooks').set(changes).where('id', '=', id).execute();
          const changed = { ...row, ...changes };
          const details = {
            webhook: id,
            address: changed.url !== row.url,
            types: (JSON.parse(changed.types) as string[]).join(' '),
            enabled: changed.enabled === 1,
          };
          await addWebhookEntry(trx, row, changed, 'webhook.changed', origin, details);
          return toWebhook(changed, row.now);
        }),
      ),

    remove: (projectId, id, origin) =>
      withReserve(() =>
        transact(db, async (trx) => {
          const row = await webhookAt(trx, now, projectId, id)
            .forNoKeyUpdate('webhooks')
            .executeTakeFirst();
          if (row === undefined) return false;
          // The maintenance removes it, as it does expired listeners: it may have very many deliveries.
          await trx
            .updateTable('webhooks')
            .set({ url: null, enabled: 0, expires_at: 0 })
            .where('id', '=', id)
            .execute();
          await addWebhookEntry(trx, row, row, 'webhook.deleted', origin, { webhook: id });
          return true;
        }),
      ),

    secrets: (projectId, id, origin) =>
      transact(db, async (trx) => {
        const row = await webhookAt(trx, now, projectId, id).executeTakeFirst();
        if (row === undefined) return null;
        await addWebhookEntry(trx, row, row, 'webhook_secret.read', origin, { webhook: id });
        return secretsOf(row, cipher, row.now);
      }),

    replaceSecret: (projectId, id, secret, overlapMs, origin) =>
      withReserve(() =>
        transact(db, async (trx) => {
          await checkMasterKey(trx, cipher);
          const row = await webhookAt(trx, now, projectId, id)
            .forNoKeyUpdate('webhooks')
            .executeTakeFirst();
          if (row === undefined) return null;
          const overlaps = overlapMs > 0;
          const changes = {
            secret: cipher.encrypt(secret, webhookSecretContext(id)),
            previous_secret: overlaps ? row.secret : null,
            previous_until: overlaps ? row.now + overlapMs : null,
          };
          await trx.updateTable('webhooks').set(changes).where('id', '=', id).execute();
          const details = { webhook: id, overlapSeconds: Math.round(overlapMs / 1000) };
          await addWebhookEntry(trx, row, row, 'webhook_secret.rotated', origin, details);
          return toWebhook({ ...row, ...changes }, row.now);
        }),
      ),
  };
}
