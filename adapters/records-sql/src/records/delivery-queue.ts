import { randomUUID } from 'node:crypto';
import {
  type ClaimedDelivery,
  DELIVERY_HOURS,
  DELIVERY_KEPT_DAYS,
  type DeliveryQueue,
  FAILURES_BEFORE_SLOW,
  MAX_DELIVERIES,
} from '@auraimage/ports';
import { type Kysely, sql, type Transaction } from 'kysely';
import type { SecretCipher } from '../database/cipher.js';
import type { SqlConnection } from '../database/connection.js';
import type { Database } from '../database/schema.js';
import { transact } from '../database/transaction.js';
import { addAuditEntry } from './audit.js';
import {
  EVENT_COLUMNS,
  isPending,
  isUnblocked,
  removeDeliveries,
  removeDeliveriesOf,
  toEvent,
  unblockNext,
} from './delivery-rows.js';
import { liveProjects } from './projects.js';
import type { EventWriter } from './webhook-events.js';
import { hostOf, secretsOf } from './webhook-rows.js';

const HOUR = 3_600_000;
/** Rows that one transaction of the maintenance changes. */
const BATCH = 200;
/** Rows that one transaction of the maintenance removes. */
const REMOVED = 1000;
/** Most webhooks that one claim is about: those that have waited longest. */
const MAX_WEBHOOKS = 1000;

/** Deliveries of all webhooks as a queue, claimed row by row. */
export function createDeliveryQueue(
  db: Kysely<Database>,
  cipher: SecretCipher,
  events: EventWriter,
  { now, withReserve }: Pick<SqlConnection, 'now' | 'withReserve'>,
): DeliveryQueue {
  /** Webhooks that a process may send to. Of a webhook that fails repeatedly, only whether the consumer is back matters. */
  const sendable = (trx: Kysely<Database>, id: string) =>
    liveProjects(trx)
      .innerJoin('webhooks', 'webhooks.project_id', 'projects.id')
      .selectAll('webhooks')
      .where('webhooks.id', '=', id)
      .where('webhooks.enabled', '=', 1)
      .where('webhooks.url', 'is not', null);

  const due = (trx: Kysely<Database>, webhookId: string) =>
    trx
      .selectFrom('webhook_deliveries')
      .where('webhook_id', '=', webhookId)
      .where(isPending)
      .where(isUnblocked)
      .where('next_at', '<=', now());

  /** Claims deliveries of one webhook. Others that claim some of it wait, so that their numbers add up. */
  const claimOf = (webhookId: string, most: number, perWebhook: number, leaseMs: number) =>
    transact(db, async (trx): Promise<ClaimedDelivery[]> => {
      const webhook = await sendable(trx, webhookId)
        .select(now().as('now'))
        .forNoKeyUpdate('webhooks')
        .executeTakeFirst();
      if (webhook === undefined || webhook.url === null) return [];
      const { url } = webhook;
      const { claimed } = await trx
        .selectFrom('webhook_deliveries')
        .select((eb) => eb.fn.countAll<number>().as('claimed'))
        .where('webhook_id', '=', webhookId)
        .where('claim', 'is not', null)
        .where('next_at', '>', now())
        .executeTakeFirstOrThrow();
      const allowed = webhook.failures >= FAILURES_BEFORE_SLOW ? 1 : perWebhook;
      const free = Math.min(most, allowed - Number(claimed));
      if (free <= 0) return [];
      const rows = await due(trx, webhookId)
        .select('seq')
        .orderBy('next_at')
        .limit(free)
        .forUpdate()
        .skipLocked()
        .execute();
      if (rows.length === 0) return [];
      const claim = randomUUID();
      const seqs = rows.map(({ seq }) => seq);
      await trx
        .updateTable('webhook_deliveries')
        .set({ claim, next_at: sql<number>`${now()} + ${leaseMs}` })
        .where('seq', 'in', seqs)
        .execute();
      const found = await trx
        .selectFrom('webhook_deliveries')
        .innerJoin('webhook_events', 'webhook_events.seq', 'webhook_deliveries.event_seq')
        .select([
          'webhook_deliveries.id',
          'webhook_deliveries.attempts',
          'webhook_deliveries.created_at',
          ...EVENT_COLUMNS,
        ])
        .where('webhook_deliveries.seq', 'in', seqs)
        .orderBy('webhook_deliveries.seq')
        .execute();
      const { current, previous } = secretsOf(webhook, cipher, webhook.now);
      const secrets = previous === null ? [current] : [current, previous.secret];
      return found.map((row) => ({
        id: row.id,
        claim,
        webhookId,
        url,
        secrets,
        event: toEvent(row),
        attempts: row.attempts,
        ageMs: Math.max(0, webhook.now - row.created_at),
      }));
    });

  /** Ids of webhooks with deliveries that may be due, and when the first of the others is. */
  async function dueWebhooks() {
    // One probe of an index for each webhook that has any, however many it has.
    const { rows } = await sql<{ id: string; next_at: number; now: number }>`
      WITH RECURSIVE named (id) AS (
        SELECT (SELECT min(webhook_id) FROM webhook_deliveries
          WHERE ${isPending} AND ${isUnblocked})
        UNION ALL
        SELECT (SELECT min(webhook_id) FROM webhook_deliveries
          WHERE ${isPending} AND ${isUnblocked} AND webhook_id > named.id)
        FROM named WHERE named.id IS NOT NULL
      )
      SELECT named.id, ${now()} AS now, (SELECT min(next_at) FROM webhook_deliveries
        WHERE ${isPending} AND ${isUnblocked} AND webhook_id = named.id) AS next_at
      FROM named JOIN webhooks ON webhooks.id = named.id
      WHERE webhooks.enabled = 1 ORDER BY next_at LIMIT ${MAX_WEBHOOKS}
    `.execute(db);
    const isDue = ({ next_at, now }: (typeof rows)[number]) => next_at <= now;
    const waits = rows.filter((row) => !isDue(row)).map(({ next_at, now }) => next_at - now);
    return {
      due: rows.filter(isDue).map(({ id }) => id),
      nextDueMs: waits.length === 0 ? null : Math.min(...waits),
    };
  }

  /** Ends deliveries in the log as failed, and lets the next ones of their images go on. */
  const fail = (seqs: readonly number[]) =>
    transact(db, async (trx) => {
      const failed = await trx
        .updateTable('webhook_deliveries')
        .set({ state: 'failed', claim: null, finished_at: now() })
        .where('seq', 'in', seqs)
        .where(isPending)
        .where((eb) => eb.or([eb('claim', 'is', null), eb('next_at', '<=', now())]))
        .returning(['seq', 'webhook_id', 'key', 'previous_key'])
        .execute();
      for (const row of failed.sort((a, b) => a.seq - b.seq)) await unblockNext(trx, now, row);
    });

  /** Fails what is too old. */
  async function failOverdue(): Promise<boolean> {
    const rows = await db
      .selectFrom('webhook_deliveries')
      .select('seq')
      .where(isPending)
      .where('created_at', '<', sql<number>`${now()} - ${DELIVERY_HOURS * HOUR}`)
      .where((eb) => eb.or([eb('claim', 'is', null), eb('next_at', '<=', now())]))
      .orderBy('created_at')
      .limit(BATCH)
      .execute();
    if (rows.length > 0) await fail(rows.map(({ seq }) => seq));
    return rows.length === BATCH;
  }

  /** Fails or removes the oldest deliveries of webhooks that have too many. */
  async function trim(): Promise<boolean> {
    let more = false;
    const webhooks = await db.selectFrom('webhooks').select('id').execute();
    for (const { id } of webhooks) {
      for (const state of ['pending', 'delivered', 'failed'] as const) {
        const rows = () =>
          db
            .selectFrom('webhook_deliveries')
            .select('seq')
            .where('webhook_id', '=', id)
            .where('state', '=', state);
        const first = await rows()
          .orderBy('seq', 'desc')
          .offset(MAX_DELIVERIES)
          .limit(1)
          .executeTakeFirst();
        if (first === undefined) continue;
        const oldest = await rows()
          .where('seq', '<=', first.seq)
          .orderBy('seq')
          .limit(state === 'pending' ? BATCH : REMOVED)
          .execute();
        const seqs = oldest.map(({ seq }) => seq);
        await (state === 'pending'
          ? fail(seqs)
          : transact(db, (trx) => removeDeliveries(trx, seqs)));
        more ||= seqs.length > 1;
      }
    }
    return more;
  }

  const removeOld = () =>
    transact(db, async (trx) => {
      const until = sql<number>`${now()} - ${DELIVERY_KEPT_DAYS * 24 * HOUR}`;
      const rows = await trx
        .selectFrom('webhook_deliveries')
        .select('seq')
        .where('finished_at', 'is not', null)
        .where('finished_at', '<', until)
        .orderBy('finished_at')
        .limit(REMOVED)
        .execute();
      await removeDeliveries(
        trx,
        rows.map(({ seq }) => seq),
      );
      // An event is older than its deliveries.
      const { numDeletedRows } = await trx
        .deleteFrom('webhook_events')
        .where(
          'seq',
          'in',
          trx
            .selectFrom('webhook_events as old')
            .select('old.seq')
            .where('old.at', '<', until)
            .where(({ not, exists, selectFrom }) =>
              not(
                exists(
                  selectFrom('webhook_deliveries')
                    .select('webhook_deliveries.seq')
                    .whereRef('webhook_deliveries.event_seq', '=', 'old.seq'),
                ),
              ),
            )
            .limit(REMOVED),
        )
        .executeTakeFirstOrThrow();
      return rows.length === REMOVED || Number(numDeletedRows) === REMOVED;
    });

  /** Removes expired listeners and removed webhooks, a part of their deliveries at a time. */
  async function removeExpired(): Promise<boolean> {
    const expired = await db
      .selectFrom('webhooks')
      .select('id')
      .where('expires_at', 'is not', null)
      .where('expires_at', '<', now())
      .limit(BATCH)
      .execute();
    let more = expired.length === BATCH;
    for (const { id } of expired) {
      const isRemoved = await transact(db, async (trx) => {
        // It may have been kept meanwhile.
        const row = await trx
          .selectFrom('webhooks')
          .select('id')
          .where('id', '=', id)
          .where('expires_at', '<', now())
          .forUpdate()
          .executeTakeFirst();
        if (row === undefined || (await removeDeliveriesOf(trx, id, REMOVED)) === REMOVED) {
          return row === undefined;
        }
        await trx.deleteFrom('webhooks').where('id', '=', id).execute();
        return true;
      });
      more ||= !isRemoved;
    }
    return more;
  }

  return {
    onEvents: events.onEvents,

    async claim(most, perWebhook, leaseMs) {
      const { due, nextDueMs } = await dueWebhooks();
      const deliveries: ClaimedDelivery[] = [];
      // A different one first each time: none waits for the others for long.
      const start = Math.floor(Math.random() * due.length);
      for (const id of [...due.slice(start), ...due.slice(0, start)]) {
        const left = most - deliveries.length;
        if (left <= 0) break;
        deliveries.push(...(await claimOf(id, left, perWebhook, leaseMs)));
      }
      return { deliveries, nextDueMs };
    },

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
          const number = row.attempts + 1;
          await trx
            .insertInto('webhook_attempts')
            .values({ delivery_seq: row.seq, number, ...attempt })
            .execute();
          const isRetried = outcome.kind === 'retry';
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
          if (!isRetried) await unblockNext(trx, now, row);
          await noteResult(trx, row.webhook_id, outcome.kind);
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

    maintain: () =>
      withReserve(async () => {
        const more = [await failOverdue(), await trim(), await removeOld(), await removeExpired()];
        return more.includes(true);
      }),

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

/** Counts failures in a row. A consumer that is gone gets no more requests. */
async function noteResult(
  trx: Transaction<Database>,
  webhookId: string,
  kind: 'delivered' | 'failed' | 'gone' | 'retry',
): Promise<void> {
  if (kind === 'delivered') {
    await trx
      .updateTable('webhooks')
      .set({ failures: 0 })
      .where('id', '=', webhookId)
      .where('failures', '>', 0)
      .execute();
    return;
  }
  const row = await trx
    .updateTable('webhooks')
    .set((eb) => ({
      failures: eb('failures', '+', 1),
      ...(kind === 'gone' ? { enabled: 0 as const, disabled_reason: 'gone' as const } : {}),
    }))
    .where('id', '=', webhookId)
    .returning(['project_id', 'url'])
    .executeTakeFirst();
  if (kind !== 'gone' || row === undefined) return;
  const project = await trx
    .selectFrom('projects')
    .select(['account_id', 'name'])
    .where('id', '=', row.project_id)
    .executeTakeFirst();
  if (project === undefined) return;
  const entry = {
    accountId: project.account_id,
    actor: { kind: 'system', name: '' },
    action: 'webhook.disabled',
    project: project.name,
    target: hostOf(row.url),
    details: { webhook: webhookId, reason: 'gone' },
    address: '',
  } as const;
  await addAuditEntry(trx, entry, row.project_id, Date.now());
}
