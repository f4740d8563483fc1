import { randomUUID } from 'node:crypto';
import type { ProjectEvent } from '@auraimage/ports';
import { type Kysely, type RawBuilder, sql, type Transaction } from 'kysely';
import type { SqlConnection } from '../database/connection.js';
import type { Database } from '../database/schema.js';
import { transact } from '../database/transaction.js';
import { insertDelivery, prepareDelivery } from './delivery-rows.js';

/** An event that is about to be written. */
export interface NewEvent {
  readonly type: ProjectEvent['type'];
  /** The image whose events keep their order, empty for those of the project; `null` for no order. */
  readonly key: string | null;
  /** Its key before a rename. */
  readonly previousKey?: string;
  readonly data: ProjectEvent['data'];
}

interface EmittedEvent extends NewEvent {
  readonly projectId: string;
}

/** The events of a transaction. */
interface EventsOfChange {
  /** Adds an event and its deliveries at the end, if the project has a webhook or a listener for it. */
  emit(projectId: string, event: NewEvent): void;
  /** Calls the listeners after the commit, because a delivery is due. */
  wake(): void;
}

/** Writes events. */
export interface EventWriter {
  /** Runs a change in a transaction, like the function `transact`. Its events are committed with it. */
  transact<T>(work: (trx: Transaction<Database>, events: EventsOfChange) => Promise<T>): Promise<T>;
  /** Calls a listener after each commit of this process that wrote events. @returns ends that */
  onEvents(listener: () => void): () => void;
}

/**
 * Selects whether a project has any webhook. A query of a change selects it together with the project, so that changes
 * of other projects cost no query more.
 */
export const hasWebhooks = sql<boolean | 0 | 1>`EXISTS (
  SELECT 1 FROM webhooks WHERE webhooks.project_id = projects.id)`.as('has_webhooks');

export function createEventWriter(
  db: Kysely<Database>,
  { now }: Pick<SqlConnection, 'now'>,
): EventWriter {
  const listeners = new Set<() => void>();
  return {
    async transact(work) {
      let isDue = false;
      const result = await transact(db, async (trx) => {
        isDue = false;
        const emitted: EmittedEvent[] = [];
        const done = await work(trx, {
          emit: (projectId, event) => void emitted.push({ ...event, projectId }),
          wake() {
            isDue = true;
          },
        });
        if (emitted.length > 0 && (await writeEvents(trx, now, emitted))) isDue = true;
        return done;
      });
      if (isDue) for (const listener of listeners) listener();
      return result;
    },
    onEvents(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

/** Resolves with whether anybody gets one of the events, each of which is about another image, or about none. */
async function writeEvents(
  trx: Transaction<Database>,
  now: SqlConnection['now'],
  events: readonly EmittedEvent[],
): Promise<boolean> {
  const found = await trx
    .selectFrom('webhooks')
    .select(['id', 'project_id', 'types', 'url'])
    .where('project_id', 'in', [...new Set(events.map(({ projectId }) => projectId))])
    .where('enabled', '=', 1)
    .where((eb) => eb.or([eb('expires_at', 'is', null), eb('expires_at', '>', now())]))
    .orderBy('id')
    // Their removal waits for this commit, or this finds them no more.
    .forKeyShare()
    .execute();
  const prepared = [];
  for (const event of events) {
    const webhooks = found.filter(
      ({ project_id, types }) => project_id === event.projectId && isListed(event.type, types),
    );
    const deliveries = [];
    for (const webhook of webhooks) {
      deliveries.push(await prepareDelivery(trx, now, webhook, event));
    }
    if (deliveries.length > 0) prepared.push({ event, deliveries });
  }
  for (const { event, deliveries } of prepared) {
    const id = await insertEvent(trx, event.projectId, event);
    for (const delivery of deliveries) await insertDelivery(trx, delivery, eventSeqOf(trx, id));
  }
  return prepared.length > 0;
}

/** @returns its id */
export async function insertEvent(
  trx: Transaction<Database>,
  projectId: string,
  { type, data }: Pick<NewEvent, 'type' | 'data'>,
): Promise<string> {
  const id = `evt_${randomUUID()}`;
  await trx
    .insertInto('webhook_events')
    .values({ id, project_id: projectId, type, at: Date.now(), data: JSON.stringify(data) })
    .execute();
  return id;
}

/** The sequence number of an event, which the database gives to it. */
export function eventSeqOf(trx: Transaction<Database>, id: string): RawBuilder<number> {
  const event = trx.selectFrom('webhook_events').select('seq').where('id', '=', id);
  return sql<number>`(${event})`;
}

function isListed(type: NewEvent['type'], types: string): boolean {
  return types === '[]' || (JSON.parse(types) as string[]).includes(type);
}
