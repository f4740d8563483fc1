import {
  InvalidCursorError,
  MAX_NAMED,
  MAX_REVOKED_RECIPIENTS,
  NAMED_DAYS,
  REVOCATION_KEPT_SECONDS,
  type Recipient,
  type RecipientRecords,
} from '@auraimage/ports';
import { type Kysely, sql } from 'kysely';
import type { SqlConnection } from '../database/connection.js';
import type { Database } from '../database/schema.js';
import { transact } from '../database/transaction.js';
import { addAuditEntry } from './audit.js';
import { checkLimit } from './image-pages.js';
import { liveProjects } from './projects.js';

const DAY = 24 * 3_600_000;
/** The `sub` under which the reads of recipients that are not named are added up. */
const OTHERS = '';

/** Revoked recipients as rows of one table, and reads as rows among all usage by name. */
export function createRecipientRecords(
  db: Kysely<Database>,
  { prepareRead, withReserve }: SqlConnection,
): RecipientRecords {
  const revokedAt = prepareRead(
    liveProjects(db)
      .innerJoin('revoked_recipients', 'revoked_recipients.project_id', 'projects.id')
      .select('revoked_recipients.revoked_at')
      .where('projects.name', '=', '')
      .where('revoked_recipients.sub', '=', '')
      .compile(),
    ({ revoked_at }) => revoked_at,
  );
  return {
    revokedAt,

    revoke: (name, sub, before, { actor, address }) =>
      withReserve(() =>
        transact(db, async (trx) => {
          // Locked, so that revocations of a project are counted one after another.
          const project = await liveProjects(trx)
            .select(['id', 'account_id'])
            .where('name', '=', name)
            .forNoKeyUpdate()
            .executeTakeFirst();
          if (project === undefined) return null;
          const kept = before - REVOCATION_KEPT_SECONDS;
          const rows = () =>
            trx
              .selectFrom('revoked_recipients')
              .where('project_id', '=', project.id)
              .where('revoked_at', '>=', kept);
          const known = await rows().select('revoked_at').where('sub', '=', sub).executeTakeFirst();
          if (known === undefined) {
            const { count } = await rows()
              .select((eb) => eb.fn.countAll<number>().as('count'))
              .executeTakeFirstOrThrow();
            if (count >= MAX_REVOKED_RECIPIENTS) return 'limit_reached';
          }
          await trx
            .deleteFrom('revoked_recipients')
            .where('project_id', '=', project.id)
            .where('revoked_at', '<', kept)
            .execute();
          const revoked_at = Math.max(before, known?.revoked_at ?? before);
          await trx
            .insertInto('revoked_recipients')
            .values({ project_id: project.id, sub, revoked_at })
            .onConflict((conflict) =>
              conflict.columns(['project_id', 'sub']).doUpdateSet({ revoked_at }),
            )
            .execute();
          const entry = {
            accountId: project.account_id,
            actor,
            action: 'recipient.revoked',
            project: name,
            target: sub,
            details: { revokedAt: new Date(revoked_at * 1000).toISOString() },
            address,
          } as const;
          await addAuditEntry(trx, entry, project.id, Date.now());
          return revoked_at;
        }),
      ),

    async list(project, { limit, search = '', cursor }, now) {
      checkLimit(limit);
      const after = cursor === undefined ? null : readCursor(cursor);
      const id = sql`(SELECT id FROM projects WHERE name = ${project} AND deleting_since IS NULL)`;
      const today = Math.floor(now / DAY);
      const days = sql`project_id = ${id} AND kind = 'recipient' AND day > ${today - NAMED_DAYS} AND day <= ${today}`;
      const revokedSince = Math.floor(now / 1000) - REVOCATION_KEPT_SECONDS;
      const named = await sql<ListedRow>`
        WITH parts AS (
          SELECT name AS sub, reads, sent_bytes, day, NULL AS revoked_at FROM named_usage WHERE ${days}
          UNION ALL
          SELECT sub, 0, 0, NULL, revoked_at FROM revoked_recipients
          WHERE project_id = ${id} AND revoked_at >= ${revokedSince}
        ), sums AS (
          SELECT sub, sum(reads) AS reads, sum(sent_bytes) AS sent_bytes, max(day) AS last_day,
            max(revoked_at) AS revoked_at
          FROM parts WHERE sub <> ${OTHERS} GROUP BY sub
        ), busiest AS (
          SELECT * FROM sums ORDER BY reads DESC, sub LIMIT ${MAX_NAMED}
        )
        SELECT * FROM busiest UNION SELECT * FROM sums WHERE revoked_at IS NOT NULL
      `.execute(db);
      // Later, so that it has all that the sums have.
      const total = await sql<Record<'reads' | 'sent_bytes', number | null>>`
        SELECT sum(reads) AS reads, sum(sent_bytes) AS sent_bytes FROM named_usage WHERE ${days}
      `.execute(db);
      const all = named.rows.map(toRecipient).sort(inListOrder);
      const othersOf = (sum: number | null | undefined, count: (one: Recipient) => number) =>
        Math.max(0, (sum ?? 0) - all.reduce((listed, one) => listed + count(one), 0));
      const found = all.filter(
        (one) =>
          one.sub.toLowerCase().includes(search.toLowerCase()) &&
          (after === null || inListOrder(after, one) < 0),
      );
      const recipients = found.slice(0, limit);
      const last = recipients.at(-1);
      return {
        recipients,
        others: {
          reads: othersOf(total.rows[0]?.reads, ({ reads }) => reads),
          sentBytes: othersOf(total.rows[0]?.sent_bytes, ({ sentBytes }) => sentBytes),
        },
        cursor: found.length > limit && last !== undefined ? writeCursor(last) : null,
      };
    },
  };
}

interface ListedRow {
  readonly sub: string;
  readonly reads: number;
  readonly sent_bytes: number;
  readonly last_day: number | null;
  readonly revoked_at: number | null;
}

type Place = Pick<Recipient, 'reads' | 'sub'>;

/** The most reads first. */
function inListOrder(a: Place, b: Place): number {
  if (a.reads !== b.reads) return b.reads - a.reads;
  return a.sub === b.sub ? 0 : a.sub < b.sub ? -1 : 1;
}

function writeCursor({ reads, sub }: Place): string {
  return Buffer.from(`${reads} ${sub}`).toString('base64url');
}

function readCursor(cursor: string): Place {
  const text = cursor.length <= 128 ? Buffer.from(cursor, 'base64url').toString() : '';
  const match = /^(\d{1,15}) ([A-Za-z0-9._:@-]{1,64})$/.exec(text);
  const place = match && { reads: Number(match[1]), sub: match[2] ?? '' };
  // Node ignores invalid base64url characters. Only the exact text that writeCursor creates is a cursor.
  if (place === null || writeCursor(place) !== cursor) throw new InvalidCursorError();
  return place;
}

function toRecipient({ sub, reads, sent_bytes, last_day, revoked_at }: ListedRow): Recipient {
  return {
    sub,
    reads,
    sentBytes: sent_bytes,
    lastReadOn: last_day === null ? null : new Date(last_day * DAY).toISOString().slice(0, 10),
    revokedAt: revoked_at,
  };
}
