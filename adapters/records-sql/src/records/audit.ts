import { randomUUID } from 'node:crypto';
import {
  type AuditEntry,
  type AuditLog,
  type AuditScope,
  InvalidCursorError,
  type NewAuditEntry,
} from '@auraimage/ports';
import { type Insertable, type Kysely, type Selectable, sql, type Transaction } from 'kysely';
import type { WithReserve } from '../database/connection.js';
import type { Database } from '../database/schema.js';
import { transact } from '../database/transaction.js';
import { liveProjects } from './projects.js';

const MAX_PAGE = 200;

type Row = Selectable<Database['audit_log']>;

/** The audit log. Rows are never updated. */
export function createAuditLog(db: Kysely<Database>, withReserve: WithReserve): AuditLog {
  return {
    append: (entries) =>
      transact(db, async (trx) => {
        for (const entry of entries) {
          const project = entry.project === null ? undefined : await projectOf(trx, entry.project);
          await addAuditEntry(trx, entry, project?.id ?? null, entry.at);
        }
      }),

    async list({ limit, cursor, ...scope }) {
      if (!Number.isInteger(limit) || limit < 1 || limit > MAX_PAGE) {
        throw new RangeError(`limit must be 1 to ${MAX_PAGE}`);
      }
      const within = await entriesOf(db, scope);
      let query = within
        .selectAll()
        .orderBy('at', 'desc')
        .orderBy('seq', 'desc')
        .limit(limit + 1);
      if (cursor !== undefined) {
        const { at, seq } = await placeOf(within, cursor);
        query = query.where(sql<boolean>`(at, seq) < (${at}, ${seq})`);
      }
      const rows = await query.execute();
      const entries = rows.slice(0, limit).map(toEntry);
      return { entries, cursor: rows.length > limit ? (entries.at(-1)?.id ?? null) : null };
    },

    removeOld: (before, limit) =>
      withReserve(async () => {
        const oldest = db
          .selectFrom('audit_log')
          .select('seq')
          .where('at', '<', before)
          .orderBy('at')
          .limit(limit);
        const deletion = db.deleteFrom('audit_log').where('seq', 'in', oldest);
        return Number((await deletion.executeTakeFirstOrThrow()).numDeletedRows);
      }),
  };
}

/**
 * Adds an entry in the transaction of its change.
 *
 * @param projectId finds the entry after a rename of the project
 */
export async function addAuditEntry(
  trx: Transaction<Database>,
  entry: NewAuditEntry,
  projectId: string | null,
  at: number,
): Promise<void> {
  const row: Insertable<Database['audit_log']> = {
    id: randomUUID(),
    account_id: entry.accountId,
    project_id: projectId,
    project_name: entry.project,
    at,
    actor_kind: entry.actor.kind,
    actor_name: entry.actor.name,
    action: entry.action,
    target: entry.target,
    details: JSON.stringify(entry.details),
    address: entry.address,
  };
  await trx.insertInto('audit_log').values(row).execute();
}

/** The entries of a project or of an account. */
async function entriesOf(db: Kysely<Database>, scope: AuditScope) {
  const entries = db.selectFrom('audit_log');
  if ('project' in scope) {
    // An unknown project has no entries: no id is empty.
    return entries.where('project_id', '=', (await projectOf(db, scope.project))?.id ?? '');
  }
  const { accountId } = scope;
  // A count and no EXISTS, which PostgreSQL would turn into a join: it would then read and sort all entries of the account
  // for one page. So it looks up the project of each entry of the page.
  const isHidden = sql`(SELECT count(*) FROM projects LEFT JOIN project_members
    ON project_members.project_id = projects.id AND project_members.account_id = ${accountId}
    WHERE projects.id = audit_log.project_id AND project_members.role IS NULL)`;
  return entries.where('audit_log.account_id', '=', accountId).where(sql<boolean>`${isHidden} = 0`);
}

async function projectOf(db: Kysely<Database>, name: string) {
  return liveProjects(db)
    .select('projects.id')
    .where('projects.name', '=', name)
    .executeTakeFirst();
}

/** A cursor is the id of the last entry of the previous page. */
async function placeOf(within: Awaited<ReturnType<typeof entriesOf>>, cursor: string) {
  const place = await within.select(['at', 'seq']).where('id', '=', cursor).executeTakeFirst();
  if (place === undefined) throw new InvalidCursorError();
  return place;
}

function toEntry(row: Row): AuditEntry {
  return {
    id: row.id,
    accountId: row.account_id,
    at: row.at,
    actor: { kind: row.actor_kind, name: row.actor_name },
    action: row.action,
    project: row.project_name,
    target: row.target,
    details: JSON.parse(row.details) as AuditEntry['details'],
    address: row.address,
  };
}
