import { InvalidCursorError, type People, type Person } from '@auraimage/ports';
import { type Kysely, sql, type Transaction } from 'kysely';
import type { SqlConnection } from '../database/connection.js';
import type { Database } from '../database/schema.js';
import { transact } from '../database/transaction.js';
import { addAuditEntry } from './audit.js';
import { leaveAll, OnlyOwnerError } from './members.js';

const MAX_PAGE = 200;

/** The users as administrators see and change them. Another adapter creates them, and signs them in. */
export function createPeople(
  db: Kysely<Database>,
  { withReserve, placeIn }: Pick<SqlConnection, 'withReserve' | 'placeIn'>,
): People {
  const people = () => {
    const now = Date.now();
    return db.selectFrom('users').select((eb) => [
      'users.id',
      'users.account_id',
      'users.email',
      'users.name',
      'users.role',
      'users.created_at',
      'users.last_seen_at',
      eb
        .selectFrom('project_members')
        .innerJoin('projects', 'projects.id', 'project_members.project_id')
        .whereRef('project_members.account_id', '=', 'users.account_id')
        .where('projects.deleting_since', 'is', null)
        .select(({ fn }) => fn.countAll<number>().as('count'))
        .as('projects'),
      eb
        .selectFrom('sessions')
        .whereRef('sessions.user_id', '=', 'users.id')
        // Both dialects compare the text as a time.
        .where('sessions.expires_at', '>', new Date(now).toISOString())
        .select(({ fn }) => fn.countAll<number>().as('count'))
        .as('sessions'),
      eb
        .selectFrom('cli_tokens')
        .whereRef('cli_tokens.user_id', '=', 'users.id')
        .where((token) =>
          token.or([
            token('cli_tokens.expires_at', 'is', null),
            token('cli_tokens.expires_at', '>', now),
          ]),
        )
        .select(({ fn }) => fn.countAll<number>().as('count'))
        .as('cli_tokens'),
      eb
        .selectFrom('second_factors')
        .whereRef('second_factors.user_id', '=', 'users.id')
        .where('second_factors.enabled_at', 'is not', null)
        .select(({ fn }) => fn.countAll<number>().as('count'))
        .as('second_factors'),
    ]);
  };

  return {
    async list({ search, limit, cursor }) {
      if (!Number.isInteger(limit) || limit < 1 || limit > MAX_PAGE) {
        throw new RangeError(`limit must be 1 to ${MAX_PAGE}`);
      }
      let query = people()
        .orderBy('users.email')
        .limit(limit + 1);
      if (cursor !== undefined) query = query.where('users.email', '>', readCursor(cursor));
      if (search !== undefined) {
        // Like `lower` of both databases, which knows no other letters.
        const part = search.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
        const [email, name] = [sql<string>`lower(email)`, sql<string>`lower(name)`];
        query = query.where(
          sql<boolean>`(${placeIn(email, part)} > 0 OR ${placeIn(name, part)} > 0)`,
        );
      }
      const rows = await query.execute();
      const listed = rows.slice(0, limit).map(toPerson);
      const last = listed.at(-1);
      return {
        people: listed,
        cursor: rows.length > limit && last ? writeCursor(last.user.email) : null,
      };
    },

    async find(userId) {
      const row = await people().where('users.id', '=', userId).executeTakeFirst();
      return row === undefined ? null : toPerson(row);
    },

    setRole: (userId, role, entries) =>
      withReserve(() =>
        transact(db, async (trx) => {
          const { user, isLastAdmin } = await lockUser(trx, userId);
          if (user === undefined) return null;
          if (user.role === role) return 'unchanged';
          if (isLastAdmin) return 'last_admin';
          await trx.updateTable('users').set({ role }).where('id', '=', userId).execute();
          if (role === 'member') await endInvitations(trx, user.account_id, 'of an administrator');
          const now = Date.now();
          for (const entry of entries) await addAuditEntry(trx, entry, null, now);
          return 'changed';
        }),
      ),

    remove: ({ userId, entry, ...removal }) =>
      withReserve(() =>
        transact(db, async (trx) => {
          const { user, isLastAdmin } = await lockUser(trx, userId);
          if (user === undefined) return null;
          if (isLastAdmin) return 'last_admin';
          const { account_id: accountId } = user;
          const now = Date.now();
          const isShared = await isOfOthers(trx, accountId, userId);
          if (!isShared) {
            await leaveAll(trx, accountId, removal);
            await trx
              .updateTable('secret_keys')
              .set({ revoked_at: now })
              .where('account_id', '=', accountId)
              .where('project_id', 'is', null)
              .where('revoked_at', 'is', null)
              .execute();
            await endInvitations(trx, accountId, 'all');
          }
          await trx.deleteFrom('invitations').where('email', '=', user.email).execute();
          await trx.deleteFrom('cli_tokens').where('user_id', '=', userId).execute();
          // Foreign keys remove the password, the sessions, the second factor and the approved devices.
          await trx.deleteFrom('users').where('id', '=', userId).execute();
          await addAuditEntry(trx, entry, null, now);
          return 'removed';
        }),
      ).catch((error: unknown) => {
        if (error instanceof OnlyOwnerError) return { onlyOwnerOf: error.projects };
        throw error;
      }),
  };
}

/** Locks a user and every administrator, so that of two concurrent changes one sees the other. */
async function lockUser(trx: Transaction<Database>, userId: string) {
  const rows = await trx
    .selectFrom('users')
    .select(['id', 'account_id', 'email', 'role'])
    .where((eb) => eb.or([eb('id', '=', userId), eb('role', '=', 'admin')]))
    .orderBy('id')
    .forUpdate()
    .execute();
  const user = rows.find(({ id }) => id === userId);
  const admins = rows.filter(({ role }) => role === 'admin');
  return { user, isLastAdmin: user?.role === 'admin' && admins.length === 1 };
}

/** Whether other users have this account: two people may have used set-up links at the same moment. */
async function isOfOthers(trx: Transaction<Database>, accountId: string, userId: string) {
  const query = trx
    .selectFrom('users')
    .select('id')
    .where('account_id', '=', accountId)
    .where('id', '<>', userId);
  return (await query.executeTakeFirst()) !== undefined;
}

/** @param which `of an administrator`: those to the installation, which only administrators create */
async function endInvitations(
  trx: Transaction<Database>,
  accountId: string,
  which: 'all' | 'of an administrator',
): Promise<void> {
  // Claimed ones too: a release must not make them pending again.
  let deletion = trx.deleteFrom('invitations').where('invited_by', '=', accountId);
  if (which !== 'all') deletion = deletion.where('project_id', 'is', null);
  await deletion.execute();
}

interface Row {
  readonly id: string;
  readonly account_id: string;
  readonly email: string;
  readonly name: string;
  readonly role: 'admin' | 'member';
  readonly created_at: string | Date;
  readonly last_seen_at: number | null;
  readonly projects: number | null;
  readonly sessions: number | null;
  readonly cli_tokens: number | null;
  readonly second_factors: number | null;
}

function toPerson({ id, account_id: accountId, email, name, role, ...row }: Row): Person {
  return {
    user: { id, accountId, email, name, role },
    createdAt: new Date(row.created_at).getTime(),
    lastSeenAt: row.last_seen_at,
    projects: row.projects ?? 0,
    sessions: row.sessions ?? 0,
    cliTokens: row.cli_tokens ?? 0,
    hasSecondFactor: (row.second_factors ?? 0) > 0,
  };
}

/** A cursor is the last email of the previous page, whether somebody still has it or not. */
const writeCursor = (email: string): string => Buffer.from(email).toString('base64url');

function readCursor(cursor: string): string {
  const email = Buffer.from(cursor, 'base64url').toString();
  if (email === '' || writeCursor(email) !== cursor) throw new InvalidCursorError();
  return email;
}
