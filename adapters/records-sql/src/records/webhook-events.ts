import { randomUUID } from 'node:crypto';
import type { ProjectEvent } from '@auraimage/ports';
import { type Kysely, sql, type Transaction } from 'kysely';
import type { SqlConnection } from '../database/connection.js';
import type { Database } from '../database/schema.js';
import { transact } from '../database/transaction.js';
import { addDelivery } from './delivery-rows.js';

/** An event that is about to be written. */
export interface NewEvent {
  readonly type: ProjectEvent['type'];
  /** The image whose events keep their order, empty for those of the project; `null` for no order. */
  readonly key: string | null;
  /** Its key before a rename. */
  readonly previousKey?: string;
  readonly data: ProjectEvent['data'];
}

/** The events of a transaction. */
interface EventsOfChange {
  /** Adds an event and its deliveries, if the project has a webhook or a listener for it. */
  emit(projectId: string, event: NewEvent): Promise<void>;
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
      const result = await transact(db, (trx) => {
        isDue = false;
        return work(trx, {
          async emit(projectId, event) {
            if (await writeEvent(trx, now, projectId, event)) isDue = true;
          },
          wake() {
            isDue = true;
          },
        });
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

/** Resolves with whether anybody gets the event. */
async function writeEvent(
  trx: Transaction<Database>,
  now: SqlConnection['now'],
  projectId: string,
  event: NewEvent,
): Promise<boolean> {
  const found = await trx
    .selectFrom('webhooks')
    .select(['id', 'types', 'url'])
    .where('project_id', '=', projectId)
    .where('enabled', '=', 1)
    .where((eb) => eb.or([eb('expires_at', 'is', null), eb('expires_at', '>', now())]))
    .orderBy('id')
    // Their removal waits for this commit, or this finds them no more.
    .forKeyShare()
    .execute();
  const webhooks = found.filter(({ types }) => isListed(event.type, types));
  if (webhooks.length === 0) return false;
  const seq = await insertEvent(trx, projectId, event);
  for (const webhook of webhooks) await addDelivery(trx, now, webhook, seq, event);
  return true;
}

/** @returns its sequence number */
export async function insertEvent(
  trx: Transaction<Database>,
  projectId: string,
  { type, data }: Pick<NewEvent, 'type' | 'data'>,
): Promise<number> {
  const row = {
    id: `evt_${randomUUID()}`,
    project_id: projectId,
    type,
    at: Date.now(),
    data: JSON.stringify(data),
  };
  const { seq } = await trx
    .insertInto('webhook_events')
    .values(row)
    .returning('seq')
    .executeTakeFirstOrThrow();
  return seq;
}

function isListed(type: NewEvent['type'], types: string): boolean {
  return types === '[]' || (JSON.parse(types) as string[]).includes(type);
}
