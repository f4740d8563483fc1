import { type DeliveryQueue, FAILURES_BEFORE_SLOW, SLOW_ATTEMPT_MS } from '@auraimage/ports';
import { type Kysely, sql, type Transaction } from 'kysely';
import type { SecretCipher } from '../database/cipher.js';
import type { SqlConnection } from '../database/connection.js';
import type { Database } from '../database/schema.js';
import { transact } from '../database/transaction.js';
import { addAuditEntry } from './audit.js';
import { createClaim } from './delivery-claims.js';
import { createDeliveryMaintenance } from './delivery-maintenance.js';
import { isPending, isUnblocked, nextOf, unblock } from './delivery-rows.js';
import type { EventWriter } from './webhook-events.js';
import { hostOf } from './webhook-rows.js';

/** Deliveries of all webhooks as a queue, claimed row by row. */
export function createDeliveryQueue(
  db: Kysely<Database>,
  cipher: SecretCipher,
  events: EventWriter,
  { now, withReserve }: Pick<SqlConnection, 'now' | 'withReserve'>,
): DeliveryQueue {
  return {
    onEvents: events.onEvents,
    claim: createClaim(db, cipher, now),

    settle: ({ id, claim }, attempt, outcome) =>
      withReserve(() =>
        transact(db, async (trx) => {
          const row = await trx
            .selectFrom('webhook_deliveries')
            .selectAll()
            .where('id', '=', id)
            .where('claim', '=', claim)
            .where(isPending)
            .forUpdate()
            .executeTakeFirst();
          if (row === undefined) return false;
          const isRetried = outcome.kind === 'retry';
          const next = isRetried ? [] : await nextOf(trx, [row]);
          const isSlow = attempt.milliseconds > SLOW_ATTEMPT_MS;
          await noteResult(trx, row.webhook_id, outcome.kind, isSlow);
          const number = row.attempts + 1;
          await trx
            .insertInto('webhook_attempts')
            .values({ delivery_seq: row.seq, number, ...attempt })
            .execute();
          await trx
            .updateTable('webhook_deliveries')
            .set({
              attempts: number,
              claim: null,
              ...(isRetried
                ? { next_at: sql<number>`${now()} + ${Math.ceil(outcome.afterMs)}` }
                : {
                    state: outcome.kind === 'delivered' ? 'delivered' : 'failed',
                    finished_at: now(),
                  }),
            })
            .where('seq', '=', row.seq)
            .execute();
          await unblock(trx, now, next);
          return true;
        }),
      ),

    async release(claimed) {
      await transact(db, async (trx) => {
        for (const { id, claim } of claimed) {
          await trx
            .updateTable('webhook_deliveries')
            .set({ claim: null, next_at: now() })
            .where('id', '=', id)
            .where('claim', '=', claim)
            .where(isPending)
            .execute();
        }
      });
    },

    maintain: createDeliveryMaintenance(db, { now, withReserve }),

    async backlog() {
      const { rows } = await sql<{ pending: number; next_at: number | null; now: number }>`
        SELECT ${now()} AS now,
          (SELECT count(*) FROM webhook_deliveries WHERE ${isPending}) AS pending,
          (SELECT min(next_at) FROM webhook_deliveries
            JOIN webhooks ON webhooks.id = webhook_deliveries.webhook_id
            WHERE ${isPending} AND ${isUnblocked} AND webhooks.enabled = 1
              AND webhooks.failures < ${FAILURES_BEFORE_SLOW}) AS next_at
      `.execute(db);
      const [{ pending, next_at, now: at } = { pending: 0, next_at: null, now: 0 }] = rows;
      return {
        pending: Number(pending),
        delayMs: next_at === null ? 0 : Math.max(0, at - next_at),
      };
    },
  };
}

/** Counts failed and slow attempts in a row. A consumer that is gone gets no more requests. */
async function noteResult(
  trx: Transaction<Database>,
  webhookId: string,
  kind: 'delivered' | 'failed' | 'gone' | 'retry',
  isSlow: boolean,
): Promise<void> {
  if (kind === 'delivered' && !isSlow) {
    await trx
      .updateTable('webhooks')
      .set({ failures: 0 })
      .where('id', '=', webhookId)
      .where('failures', '>', 0)
      .execute();
    return;
  }
  const webhook =
    kind !== 'gone'
      ? undefined
      : await trx
          .selectFrom('webhooks')
          .innerJoin('projects', 'projects.id', 'webhooks.project_id')
          .select(['project_id', 'url', 'account_id', 'name'])
          .where('webhooks.id', '=', webhookId)
          .forUpdate('webhooks')
          .executeTakeFirst();
  await trx
    .updateTable('webhooks')
    .set((eb) => ({
      failures: eb('failures', '+', 1),
      ...(kind === 'gone' ? { enabled: 0 as const, disabled_reason: 'gone' as const } : {}),
    }))
    .where('id', '=', webhookId)
    .execute();
  if (webhook === undefined) return;
  const entry = {
    accountId: webhook.account_id,
    actor: { kind: 'system', name: '' },
    action: 'webhook.disabled',
    project: webhook.name,
    target: hostOf(webhook.url),
    details: { webhook: webhookId, reason: 'gone' },
    address: '',
  } as const;
  await addAuditEntry(trx, entry, webhook.project_id, Date.now());
}
