import { type Delivery, InvalidCursorError, type WebhookRecords } from '@auraimage/ports';
import type { Kysely } from 'kysely';
import type { SqlConnection } from '../database/connection.js';
import type { Database } from '../database/schema.js';
import { deliveriesOf, insertDelivery, prepareDelivery, toDelivery } from './delivery-rows.js';
import { type EventWriter, eventSeqOf, insertEvent } from './webhook-events.js';
import { addWebhookEntry, webhookAt } from './webhook-rows.js';

const MAX_PAGE = 200;

/** The methods of webhooks about their deliveries. */
export function createDeliveryLog(
  db: Kysely<Database>,
  events: EventWriter,
  now: SqlConnection['now'],
): Pick<WebhookRecords, 'test' | 'listDeliveries' | 'findDelivery' | 'redeliver'> {
  /** A delivery, unless its webhook was removed. */
  async function find(webhookId: string, id: string): Promise<Delivery | null> {
    const row = await deliveriesOf(db, webhookId)
      .where('webhook_deliveries.id', '=', id)
      .executeTakeFirst();
    return row === undefined ? null : toDelivery(row);
  }

  return {
    async test(projectId, id, data, origin) {
      const made = await events.transact(async (trx, { wake }) => {
        const row = await webhookAt(trx, now, projectId, id)
          .forUpdate('webhooks')
          .executeTakeFirst();
        if (row === undefined) return null;
        if (row.enabled === 0) return 'webhook_disabled';
        const delivery = await prepareDelivery(trx, now, row, { key: null });
        const event = await insertEvent(trx, projectId, { type: 'webhook.test', data });
        await insertDelivery(trx, delivery, eventSeqOf(trx, event));
        await addWebhookEntry(trx, row, row, 'webhook.tested', origin, { webhook: id });
        wake();
        return { id: delivery.id };
      });
      return made === null || made === 'webhook_disabled' ? made : find(id, made.id);
    },

    async listDeliveries(projectId, id, { state, limit, cursor }) {
      if (!Number.isInteger(limit) || limit < 1 || limit > MAX_PAGE) {
        throw new RangeError(`limit must be 1 to ${MAX_PAGE}`);
      }
      const before = cursor === undefined ? null : readCursor(cursor);
      if ((await webhookAt(db, now, projectId, id).executeTakeFirst()) === undefined) return null;
      let query = deliveriesOf(db, id)
        .orderBy('webhook_deliveries.seq', 'desc')
        .limit(limit + 1);
      if (state !== undefined) query = query.where('webhook_deliveries.state', '=', state);
      if (before !== null) query = query.where('webhook_deliveries.seq', '<', before);
      const rows = await query.execute();
      const page = rows.slice(0, limit);
      const last = page.at(-1);
      return {
        deliveries: page.map(toDelivery),
        cursor: rows.length > limit && last !== undefined ? String(last.seq) : null,
      };
    },

    async findDelivery(projectId, id, deliveryId) {
      if ((await webhookAt(db, now, projectId, id).executeTakeFirst()) === undefined) return null;
      const row = await deliveriesOf(db, id)
        .where('webhook_deliveries.id', '=', deliveryId)
        .executeTakeFirst();
      if (row === undefined) return null;
      const log = await db
        .selectFrom('webhook_attempts')
        .select(['at', 'milliseconds', 'status', 'problem', 'answer'])
        .where('delivery_seq', '=', row.seq)
        .orderBy('number')
        .execute();
      return { ...toDelivery(row), log };
    },

    async redeliver(projectId, id, deliveryId, origin) {
      const made = await events.transact(async (trx, { wake }) => {
        // Locked, so that no event of the image is written meanwhile.
        const webhook = await webhookAt(trx, now, projectId, id)
          .forUpdate('webhooks')
          .executeTakeFirst();
        if (webhook === undefined) return null;
        const row = await trx
          .selectFrom('webhook_deliveries')
          .selectAll()
          .where('webhook_id', '=', id)
          .where('id', '=', deliveryId)
          .forUpdate()
          .executeTakeFirst();
        if (row === undefined) return null;
        if (webhook.enabled === 0) return 'webhook_disabled';
        const details = { webhook: id, delivery: deliveryId };
        await addWebhookEntry(trx, webhook, webhook, 'webhook.redelivered', origin, details);
        wake();
        if (row.state !== 'pending') {
          const { key, previous_key: previousKey } = row;
          const again = await prepareDelivery(trx, now, webhook, { key, previousKey });
          await insertDelivery(trx, again, row.event_seq);
          return { id: again.id };
        }
        await trx
          .updateTable('webhook_deliveries')
          .set({ next_at: now() })
          .where('seq', '=', row.seq)
          .where('claim', 'is', null)
          .execute();
        return { id: deliveryId };
      });
      return made === null || made === 'webhook_disabled' ? made : find(id, made.id);
    },
  };
}

function readCursor(cursor: string): number {
  if (!/^\d{1,15}$/.test(cursor)) throw new InvalidCursorError();
  return Number(cursor);
}
