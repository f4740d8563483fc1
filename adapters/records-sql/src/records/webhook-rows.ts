import type { ChangeOrigin, NewAuditEntry, Webhook, WebhookSecrets } from '@auraimage/ports';
import type { Kysely, Selectable, Transaction } from 'kysely';
import { type SecretCipher, webhookSecretContext } from '../database/cipher.js';
import type { SqlConnection } from '../database/connection.js';
import { checkMasterKey } from '../database/master-key.js';
import type { Database } from '../database/schema.js';
import { transact } from '../database/transaction.js';
import { addAuditEntry } from './audit.js';
import { removeDeliveries } from './delivery-rows.js';
import { liveProjects } from './projects.js';

/** Webhooks, and listeners, which have no URL. */
export type WebhookRow = Selectable<Database['webhooks']>;

/** The webhooks of a project, with what their audit entries need. */
export function webhooksOf(db: Kysely<Database>, now: SqlConnection['now'], projectId: string) {
  return liveProjects(db)
    .innerJoin('webhooks', 'webhooks.project_id', 'projects.id')
    .selectAll('webhooks')
    .select(['projects.account_id', 'projects.name', now().as('now')])
    .where('projects.id', '=', projectId)
    .where('webhooks.url', 'is not', null);
}

export function webhookAt(
  db: Kysely<Database>,
  now: SqlConnection['now'],
  projectId: string,
  id: string,
) {
  return webhooksOf(db, now, projectId).where('webhooks.id', '=', id);
}

/** Locked, so that what is added to the project is counted one after another. */
export function lockedProject(trx: Transaction<Database>, now: SqlConnection['now'], id: string) {
  return liveProjects(trx)
    .select(['id', 'account_id', 'name', now().as('now')])
    .where('id', '=', id)
    .forNoKeyUpdate()
    .executeTakeFirst();
}

export async function insertWebhook(
  trx: Transaction<Database>,
  cipher: SecretCipher,
  facts: Pick<WebhookRow, 'id' | 'project_id' | 'url' | 'types' | 'expires_at' | 'created_at'>,
  secret: string,
): Promise<WebhookRow> {
  await checkMasterKey(trx, cipher);
  const row: WebhookRow = {
    ...facts,
    secret: cipher.encrypt(secret, webhookSecretContext(facts.id)),
    previous_secret: null,
    previous_until: null,
    enabled: 1,
    disabled_reason: null,
    failures: 0,
  };
  await trx.insertInto('webhooks').values(row).execute();
  return row;
}

export function toWebhook(row: WebhookRow, now: number): Webhook {
  const until = row.previous_until ?? 0;
  return {
    id: row.id,
    url: row.url ?? '',
    types: JSON.parse(row.types),
    enabled: row.enabled === 1,
    disabledReason: row.disabled_reason,
    previousSecretUntil: until > now ? until : null,
    createdAt: row.created_at,
  };
}

/** @param now the previous secret is left out once its time is over */
export function secretsOf(row: WebhookRow, cipher: SecretCipher, now: number): WebhookSecrets {
  const open = (text: Uint8Array) => cipher.decrypt(text, webhookSecretContext(row.id));
  const { previous_secret: previous, previous_until: until } = row;
  return {
    current: open(row.secret),
    previous:
      previous === null || until === null || until <= now
        ? null
        : { secret: open(previous), until },
  };
}

/** The host of a webhook, for audit entries: its path and query may contain secrets of the consumer. */
export function hostOf(url: string | null): string | null {
  return url === null ? null : new URL(url).host;
}

/** Adds the audit entry of a change of webhooks, in the change's own transaction. */
export async function addWebhookEntry(
  trx: Transaction<Database>,
  project: { readonly account_id: string; readonly name: string },
  { project_id, url }: Pick<WebhookRow, 'project_id' | 'url'>,
  action: NewAuditEntry['action'],
  { actor, address }: ChangeOrigin,
  details: NewAuditEntry['details'],
): Promise<void> {
  const entry = {
    accountId: project.account_id,
    actor,
    action,
    project: project.name,
    target: hostOf(url),
    details,
    address,
  };
  await addAuditEntry(trx, entry, project_id, Date.now());
}

/** Removes what belongs to the webhooks of a project, before the project itself is removed. */
export async function removeProjectWebhooks(
  db: Kysely<Database>,
  projectId: string,
): Promise<void> {
  // A part at a time: there may be very many.
  while ((await transact(db, (trx) => removeSomeDeliveries(trx, projectId))) === REMOVED) {}
  while ((await removeSomeEvents(db, projectId)) === REMOVED) {}
  await db.deleteFrom('webhooks').where('project_id', '=', projectId).execute();
}

const REMOVED = 1000;

async function removeSomeDeliveries(
  trx: Transaction<Database>,
  projectId: string,
): Promise<number> {
  const rows = await trx
    .selectFrom('webhooks')
    .innerJoin('webhook_deliveries', 'webhook_deliveries.webhook_id', 'webhooks.id')
    .select('webhook_deliveries.seq')
    .where('webhooks.project_id', '=', projectId)
    .limit(REMOVED)
    .execute();
  return removeDeliveries(trx, rows);
}

async function removeSomeEvents(db: Kysely<Database>, projectId: string): Promise<number> {
  const { numDeletedRows } = await db
    .deleteFrom('webhook_events')
    .where(
      'seq',
      'in',
      db
        .selectFrom('webhook_events as some')
        .select('some.seq')
        .where('some.project_id', '=', projectId)
        .limit(REMOVED),
    )
    .executeTakeFirstOrThrow();
  return Number(numDeletedRows);
}
