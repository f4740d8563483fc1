import { randomUUID } from 'node:crypto';
import {
  type ClaimedDelivery,
  type ClaimLimits,
  type Claims,
  type DeliveryQueue,
  FAILURES_BEFORE_SLOW,
} from '@auraimage/ports';
import { type Kysely, sql, type Transaction } from 'kysely';
import type { SecretCipher } from '../database/cipher.js';
import type { SqlConnection } from '../database/connection.js';
import type { Database } from '../database/schema.js';
import { transact } from '../database/transaction.js';
import { EVENT_COLUMNS, isPending, isUnblocked, toEvent } from './delivery-rows.js';
import { liveProjects } from './projects.js';
import { secretsOf, type WebhookRow } from './webhook-rows.js';

/** Most projects that one claim is about. */
const MAX_PROJECTS = 1000;
/** Time after which a webhook is looked at again whose secret could not be decrypted, in milliseconds. */
const UNREADABLE_MS = 60_000;

interface Claiming {
  /** Most deliveries. */
  readonly most: number;
  readonly limits: ClaimLimits;
  readonly leaseMs: number;
}

type Claimed = Pick<Claims, 'deliveries' | 'failures'>;

/** Claims deliveries that are due, row by row. */
export function createClaim(
  db: Kysely<Database>,
  cipher: SecretCipher,
  now: SqlConnection['now'],
): DeliveryQueue['claim'] {
  /** When the secrets of a webhook could not be decrypted last. */
  const unreadable = new Map<string, number>();

  const isUnreadable = ({ id, now }: { readonly id: string; readonly now: number }) =>
    now - (unreadable.get(id) ?? Number.NEGATIVE_INFINITY) < UNREADABLE_MS;

  /** The secrets that sign at the moment. @throws {WrongMasterKeyError} */
  function signingSecrets(webhook: WebhookRow & { readonly now: number }): string[] {
    const { current, previous } = secretsOf(webhook, cipher, webhook.now);
    return previous === null ? [current] : [current, previous.secret];
  }

  /**
   * Claims deliveries of a project. Others that claim some of it wait, so that their numbers add up.
   *
   * @returns also why webhooks are left for later
   */
  const claimOf = (
    projectId: string,
    { most, limits: { perWebhook, perProject }, leaseMs }: Claiming,
  ): Promise<Claimed> =>
    transact(db, async (trx) => {
      const webhooks = await liveProjects(trx)
        .innerJoin('webhooks', 'webhooks.project_id', 'projects.id')
        .selectAll('webhooks')
        .select(now().as('now'))
        .where('projects.id', '=', projectId)
        .where('webhooks.enabled', '=', 1)
        .where('webhooks.url', 'is not', null)
        .orderBy('webhooks.id')
        .forNoKeyUpdate('webhooks')
        .execute();
      // Disabled and removed ones as well, whose requests may not have ended.
      const counts = await trx
        .selectFrom('webhook_deliveries')
        .innerJoin('webhooks', 'webhooks.id', 'webhook_deliveries.webhook_id')
        .select((eb) => ['webhook_id', eb.fn.countAll<number>().as('count')])
        .where('webhooks.project_id', '=', projectId)
        .where('claim', 'is not', null)
        .where('next_at', '>', now())
        .groupBy('webhook_id')
        .execute();
      const claimed = new Map(counts.map(({ webhook_id, count }) => [webhook_id, Number(count)]));
      let free = Math.min(most, perProject - [...claimed.values()].reduce((a, b) => a + b, 0));
      const claim = randomUUID();
      const seqs: number[] = [];
      const deliveries: ClaimedDelivery[] = [];
      const failures: unknown[] = [];
      // A different one first each time: none waits for the others for long.
      const start = Math.floor(Math.random() * webhooks.length);
      for (const webhook of [...webhooks.slice(start), ...webhooks.slice(0, start)]) {
        // Of a webhook that fails or is slow repeatedly, only whether the consumer is back matters.
        const allowed = webhook.failures >= FAILURES_BEFORE_SLOW ? 1 : perWebhook;
        const left = Math.min(free, allowed - (claimed.get(webhook.id) ?? 0));
        if (left <= 0 || isUnreadable(webhook)) continue;
        const due = await dueOf(trx, webhook.id, left);
        if (due.length === 0) continue;
        let secrets: string[];
        try {
          secrets = signingSecrets(webhook);
          unreadable.delete(webhook.id);
        } catch (cause) {
          unreadable.set(webhook.id, webhook.now);
          const text = `Events of webhook ${webhook.id} wait: its secret cannot be decrypted`;
          failures.push(new Error(text, { cause }));
          continue;
        }
        free -= due.length;
        seqs.push(...due.map(({ seq }) => seq));
        deliveries.push(
          ...due.map(({ id, attempts, created_at, ...row }) => ({
            id,
            claim,
            webhookId: webhook.id,
            url: webhook.url ?? '',
            secrets,
            event: toEvent(row),
            attempts,
            ageMs: Math.max(0, webhook.now - created_at),
          })),
        );
      }
      if (seqs.length === 0) return { deliveries, failures };
      await trx
        .updateTable('webhook_deliveries')
        .set({ claim, next_at: sql<number>`${now()} + ${leaseMs}` })
        .where('seq', 'in', seqs)
        .execute();
      return { deliveries, failures };
    });

  /** Locks deliveries of a webhook that are due. */
  async function dueOf(trx: Transaction<Database>, webhookId: string, most: number) {
    const rows = await trx
      .selectFrom('webhook_deliveries')
      .innerJoin('webhook_events', 'webhook_events.seq', 'webhook_deliveries.event_seq')
      .select([
        'webhook_deliveries.seq',
        'webhook_deliveries.id',
        'webhook_deliveries.attempts',
        'webhook_deliveries.created_at',
        ...EVENT_COLUMNS,
      ])
      .where('webhook_id', '=', webhookId)
      .where(isPending)
      .where(isUnblocked)
      .where('next_at', '<=', now())
      .orderBy('next_at')
      .limit(most)
      .forUpdate('webhook_deliveries')
      .skipLocked()
      .execute();
    return rows.sort((a, b) => a.seq - b.seq);
  }

  /**
   * Ids of projects with deliveries that may be due, and when the first of the others is. Accounts take turns: however
   * many projects one has, the first of another comes before its second.
   */
  async function dueProjects() {
    // One probe of an index for each webhook that has any, however many it has. Those that are due come first, in a
    // different order each time: neither those that wait nor those that have all their requests hide another one.
    const { rows } = await sql<{ id: string; next_at: number; now: number }>`
      WITH RECURSIVE named (id) AS (
        SELECT (SELECT min(webhook_id) FROM webhook_deliveries
          WHERE ${isPending} AND ${isUnblocked})
        UNION ALL
        SELECT (SELECT min(webhook_id) FROM webhook_deliveries
          WHERE ${isPending} AND ${isUnblocked} AND webhook_id > named.id)
        FROM named WHERE named.id IS NOT NULL
      ), due (project_id, next_at) AS (
        SELECT webhooks.project_id, min((SELECT min(next_at) FROM webhook_deliveries
          WHERE ${isPending} AND ${isUnblocked} AND webhook_id = named.id))
        FROM named JOIN webhooks ON webhooks.id = named.id
        WHERE webhooks.enabled = 1 GROUP BY webhooks.project_id
      ), turns (id, next_at, wait_until, turn) AS (
        SELECT project_id, next_at, CASE WHEN next_at <= ${now()} THEN 0 ELSE next_at END,
          row_number() OVER (
            PARTITION BY account_id, next_at <= ${now()} ORDER BY random()
          )
        FROM due JOIN projects ON projects.id = due.project_id
      )
      SELECT id, next_at, ${now()} AS now FROM turns
      ORDER BY wait_until, turn, random()
      LIMIT ${MAX_PROJECTS}
    `.execute(db);
    const isDue = ({ next_at, now }: (typeof rows)[number]) => next_at <= now;
    const waits = rows.filter((row) => !isDue(row)).map(({ next_at, now }) => next_at - now);
    return {
      due: rows.filter(isDue).map(({ id }) => id),
      nextDueMs: waits.length === 0 ? null : Math.min(...waits),
    };
  }

  return async (most, limits, leaseMs) => {
    const { due, nextDueMs } = await dueProjects();
    const deliveries: ClaimedDelivery[] = [];
    const failures: unknown[] = [];
    for (const id of due) {
      const left = most - deliveries.length;
      if (left <= 0) break;
      const claimed = await claimOf(id, { most: left, limits, leaseMs });
      deliveries.push(...claimed.deliveries);
      failures.push(...claimed.failures);
    }
    return { deliveries, nextDueMs, failures };
  };
}
