import { randomUUID } from 'node:crypto';
import type { Delivery, ProjectEvent } from '@auraimage/ports';
import { type Kysely, type RawBuilder, type Selectable, sql, type Transaction } from 'kysely';
import type { SqlConnection } from '../database/connection.js';
import type { Database } from '../database/schema.js';

// A webhook gets the events of an image in order: while a delivery is pending, the later ones of its image are blocked.
// A rename belongs to both names. The conditions of partial indexes are literals, because SQLite uses these indexes
// only if it sees the values.

type DeliveryRow = Selectable<Database['webhook_deliveries']>;

/** The images of a delivery. */
type Keys = Pick<DeliveryRow, 'webhook_id' | 'key' | 'previous_key'>;

export const isPending = sql<boolean>`webhook_deliveries.state = 'pending'`;
export const isUnblocked = sql<boolean>`webhook_deliveries.blocked = 0`;

/**
 * A delivery behind all pending ones of its image. Nothing may change deliveries of the image before it is inserted.
 *
 * @param webhook without a URL, it is a listener, whose deliveries nobody makes
 */
export async function prepareDelivery(
  trx: Transaction<Database>,
  now: SqlConnection['now'],
  webhook: { readonly id: string; readonly url: string | null },
  {
    key,
    previousKey = null,
  }: { readonly key: string | null; readonly previousKey?: string | null },
) {
  const keys = { webhook_id: webhook.id, key, previous_key: previousKey };
  const isBlocked = webhook.url === null || (await waitsForOthers(trx, keys));
  return {
    ...keys,
    id: `dlv_${randomUUID()}`,
    state: 'pending',
    blocked: isBlocked ? 1 : 0,
    attempts: 0,
    next_at: now(),
    claim: null,
    created_at: now(),
    finished_at: null,
  } as const;
}

export async function insertDelivery(
  trx: Transaction<Database>,
  delivery: Awaited<ReturnType<typeof prepareDelivery>>,
  eventSeq: number | RawBuilder<number>,
): Promise<void> {
  await trx
    .insertInto('webhook_deliveries')
    .values({ ...delivery, event_seq: eventSeq })
    .execute();
}

/**
 * Whether a pending delivery has one of the images. Locks the last one of each, so that it does not finish unseen before
 * this transaction ends: what finishes it then sees the new delivery. Rows are locked in the order of their numbers,
 * here and in {@link nextOf}, so that there is no deadlock.
 */
async function waitsForOthers(trx: Transaction<Database>, keys: Keys): Promise<boolean> {
  const seqs = (await edgesOf(trx, keys, 'max')).filter((seq) => seq !== null);
  if (seqs.length === 0) return false;
  const locked = await trx
    .selectFrom('webhook_deliveries')
    .select('seq')
    .where('seq', 'in', seqs)
    .where(isPending)
    .orderBy('seq')
    .forShare()
    .execute();
  return locked.length > 0;
}

/**
 * The next delivery of each image of others that are about to finish, unless it waits for another image as well. Locks
 * it: {@link unblock} it in the same transaction.
 *
 * @param finishing locked, a few, in the order of their numbers
 */
export async function nextOf(
  trx: Transaction<Database>,
  finishing: readonly (Keys & { readonly seq: number })[],
): Promise<number[]> {
  const seqs = finishing.map(({ seq }) => seq);
  const images = new Map<string, Keys>();
  for (const { webhook_id, ...keys } of finishing) {
    for (const key of keysOf({ webhook_id, ...keys })) {
      images.set(`${webhook_id} ${key}`, { webhook_id, key, previous_key: null });
    }
  }
  const next = new Set<number>();
  for (const image of images.values()) {
    const first = await firstOf(trx, image, seqs);
    if (first !== null) next.add(first);
  }
  const unblocked: number[] = [];
  for (const seq of [...next].sort((a, b) => a - b)) {
    // Locked first: what finishes its other predecessor at the same time decides after this, or before.
    const row = await trx
      .selectFrom('webhook_deliveries')
      .select(['seq', 'webhook_id', 'key', 'previous_key'])
      .where('seq', '=', seq)
      .where(isPending)
      .where('blocked', '=', 1)
      .forUpdate()
      .executeTakeFirst();
    if (row !== undefined && (await firstOf(trx, row, seqs)) === seq) unblocked.push(seq);
  }
  return unblocked;
}

/** Makes blocked deliveries due. */
export async function unblock(
  trx: Transaction<Database>,
  now: SqlConnection['now'],
  seqs: readonly number[],
): Promise<void> {
  if (seqs.length === 0) return;
  await trx
    .updateTable('webhook_deliveries')
    .set({ blocked: 0, next_at: now() })
    .where('seq', 'in', seqs)
    .execute();
}

/** Number of the first pending delivery of any of the images. @param except those that are about to finish */
async function firstOf(
  trx: Transaction<Database>,
  keys: Keys,
  except: readonly number[],
): Promise<number | null> {
  const seqs = (await edgesOf(trx, keys, 'min', except)).filter((seq) => seq !== null);
  return seqs.length === 0 ? null : Math.min(...seqs);
}

/** Numbers of the first or last pending deliveries of each image, by its name before and after a rename. */
async function edgesOf(
  trx: Transaction<Database>,
  keys: Keys,
  edge: 'min' | 'max',
  except: readonly number[] = [],
): Promise<(number | null)[]> {
  const all = keysOf(keys).flatMap((key) =>
    (['key', 'previous_key'] as const).map((column) => {
      const pending = trx
        .selectFrom('webhook_deliveries')
        .select((eb) => eb.fn[edge]<number | null>('seq').as('seq'))
        .where('webhook_id', '=', keys.webhook_id)
        .where(column, '=', key)
        .where(isPending);
      return except.length === 0 ? pending : pending.where('seq', 'not in', except);
    }),
  );
  const [first, ...others] = all;
  if (first === undefined) return [];
  const rows = await others.reduce((query, one) => query.unionAll(one), first).execute();
  return rows.map(({ seq }) => seq);
}

function keysOf({ key, previous_key }: Keys): string[] {
  return [...new Set([key, previous_key])].filter((one) => one !== null);
}

/** Removes up to 1000 deliveries. @returns how many */
export async function removeDeliveries(
  trx: Transaction<Database>,
  rows: readonly { readonly seq: number }[],
): Promise<number> {
  if (rows.length === 0) return 0;
  const seqs = rows.map(({ seq }) => seq);
  await trx.deleteFrom('webhook_attempts').where('delivery_seq', 'in', seqs).execute();
  await trx.deleteFrom('webhook_deliveries').where('seq', 'in', seqs).execute();
  return rows.length;
}

/** Removes deliveries of a webhook. @returns how many */
export async function removeDeliveriesOf(
  trx: Transaction<Database>,
  webhookId: string,
  most: number,
): Promise<number> {
  const rows = await trx
    .selectFrom('webhook_deliveries')
    .select('seq')
    .where('webhook_id', '=', webhookId)
    .limit(most)
    .execute();
  return removeDeliveries(trx, rows);
}

/** Deliveries with their events. */
export function deliveriesOf(db: Kysely<Database>, webhookId: string) {
  return db
    .selectFrom('webhook_deliveries')
    .innerJoin('webhook_events', 'webhook_events.seq', 'webhook_deliveries.event_seq')
    .select([
      'webhook_deliveries.seq',
      'webhook_deliveries.id',
      'webhook_deliveries.state',
      'webhook_deliveries.blocked',
      'webhook_deliveries.attempts',
      'webhook_deliveries.next_at',
      'webhook_deliveries.created_at',
      'webhook_deliveries.finished_at',
      ...EVENT_COLUMNS,
    ])
    .where('webhook_deliveries.webhook_id', '=', webhookId);
}

export const EVENT_COLUMNS = [
  'webhook_events.seq as event_seq',
  'webhook_events.id as event_id',
  'webhook_events.type as event_type',
  'webhook_events.at as event_at',
  'webhook_events.data as event_data',
] as const;

interface EventRow {
  readonly event_seq: number;
  readonly event_id: string;
  readonly event_type: ProjectEvent['type'];
  readonly event_at: number;
  readonly event_data: string;
}

export function toEvent(row: EventRow): ProjectEvent {
  return {
    id: row.event_id,
    sequence: row.event_seq,
    type: row.event_type,
    at: row.event_at,
    data: JSON.parse(row.event_data),
  };
}

export function toDelivery(
  row: EventRow &
    Pick<
      DeliveryRow,
      'id' | 'state' | 'blocked' | 'attempts' | 'next_at' | 'created_at' | 'finished_at'
    >,
): Delivery {
  return {
    id: row.id,
    event: toEvent(row),
    state: row.state,
    attempts: row.attempts,
    nextAttemptAt: row.state === 'pending' && row.blocked === 0 ? row.next_at : null,
    createdAt: row.created_at,
    finishedAt: row.finished_at,
  };
}
