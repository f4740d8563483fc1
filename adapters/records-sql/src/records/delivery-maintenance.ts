import { DELIVERY_HOURS, DELIVERY_KEPT_DAYS, MAX_DELIVERIES } from '@auraimage/ports';
import { type Kysely, sql } from 'kysely';
import type { SqlConnection } from '../database/connection.js';
import type { Database } from '../database/schema.js';
import { transact } from '../database/transaction.js';
import {
  isPending,
  nextOf,
  removeDeliveries,
  removeDeliveriesOf,
  unblock,
} from './delivery-rows.js';

const HOUR = 3_600_000;
/** Deliveries that one run fails. */
const BATCH = 200;
/** Deliveries that one transaction fails. */
const FAILED = 20;
/** Rows that one transaction removes. */
const REMOVED = 1000;
/** Webhooks with too many deliveries that one run trims. */
const TRIMMED = 100;

/**
 * Keeps the tables of deliveries small, a part at a time: fails deliveries that are too old or too many, and removes
 * old ones, events without deliveries, expired listeners and removed webhooks.
 *
 * @returns does a part of it, and resolves with whether there may be more to do
 */
export function createDeliveryMaintenance(
  db: Kysely<Database>,
  { now, withReserve }: Pick<SqlConnection, 'now' | 'withReserve'>,
): () => Promise<boolean> {
  /** Ends deliveries in the log as failed, and lets the next ones of their images go on. */
  async function fail(seqs: readonly number[]): Promise<void> {
    for (let start = 0; start < seqs.length; start += FAILED) {
      await failFew(seqs.slice(start, start + FAILED));
    }
  }

  const failFew = (few: readonly number[]) =>
    transact(db, async (trx) => {
      const rows = await trx
        .selectFrom('webhook_deliveries')
        .select(['seq', 'webhook_id', 'key', 'previous_key'])
        .where('seq', 'in', few)
        .where(isPending)
        .where((eb) => eb.or([eb('claim', 'is', null), eb('next_at', '<=', now())]))
        .orderBy('seq')
        .forUpdate()
        .execute();
      if (rows.length === 0) return;
      const next = await nextOf(trx, rows);
      const seqs = rows.map(({ seq }) => seq);
      await trx
        .updateTable('webhook_deliveries')
        .set({ state: 'failed', claim: null, finished_at: now() })
        .where('seq', 'in', seqs)
        .execute();
      await unblock(trx, now, next);
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
    const tooMany = await db
      .selectFrom('webhook_deliveries')
      .select((eb) => ['webhook_id', 'state', eb.fn.countAll<number>().as('count')])
      .groupBy(['webhook_id', 'state'])
      .having((eb) => eb.fn.countAll<number>(), '>', MAX_DELIVERIES)
      .limit(TRIMMED)
      .execute();
    let more = tooMany.length === TRIMMED;
    for (const { webhook_id, state, count } of tooMany) {
      const excess = Number(count) - MAX_DELIVERIES;
      const most = state === 'pending' ? BATCH : REMOVED;
      const oldest = await db
        .selectFrom('webhook_deliveries')
        .select('seq')
        .where('webhook_id', '=', webhook_id)
        .where('state', '=', state)
        .orderBy('seq')
        .limit(Math.min(excess, most))
        .execute();
      if (state === 'pending') await fail(oldest.map(({ seq }) => seq));
      else await transact(db, (trx) => removeDeliveries(trx, oldest));
      more ||= excess > most;
    }
    return more;
  }

  async function removeOld(): Promise<boolean> {
    const until = sql<number>`${now()} - ${DELIVERY_KEPT_DAYS * 24 * HOUR}`;
    const removed = await transact(db, async (trx) => {
      const rows = await trx
        .selectFrom('webhook_deliveries')
        .select('seq')
        .where('finished_at', 'is not', null)
        .where('finished_at', '<', until)
        .orderBy('finished_at')
        .limit(REMOVED)
        .execute();
      return removeDeliveries(trx, rows);
    });
    // An event is older than its deliveries.
    const { numDeletedRows } = await db
      .deleteFrom('webhook_events')
      .where(
        'seq',
        'in',
        db
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
    return removed === REMOVED || Number(numDeletedRows) === REMOVED;
  }

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

  return () =>
    withReserve(async () => {
      const more = [await failOverdue(), await trim(), await removeOld(), await removeExpired()];
      return more.includes(true);
    });
}
