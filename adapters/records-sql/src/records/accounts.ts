import { randomUUID } from 'node:crypto';
import {
  type CliToken,
  type CliTokens,
  type Invitation,
  type InvitationScope,
  type Invitations,
  MAX_CLI_TOKENS,
  StorageFullError,
} from '@auraimage/ports';
import {
  type ExpressionBuilder,
  type Kysely,
  type Selectable,
  sql,
  type Transaction,
} from 'kysely';
import type { WithReserve } from '../database/connection.js';
import type { Database } from '../database/schema.js';
import { transact } from '../database/transaction.js';
import { addAuditEntry } from './audit.js';
import { hashSecret, liveProjects } from './projects.js';
import { minuteOf } from './usage.js';

/** Least time between two records of when a person was seen, in milliseconds. */
const SEEN_AFTER_MS = 3_600_000;

type Row = Selectable<Database['cli_tokens']>;

const lastUse = sql<number>`coalesce(last_used_at, created_at)`;

/** Command line tokens, stored as hashes. */
export function createCliTokens(db: Kysely<Database>, withReserve: WithReserve): CliTokens {
  /** Ignores a full disk, which must not lock users out. */
  const recordUse = async ({ id, user_id }: Row, minute: number) => {
    try {
      await db
        .updateTable('cli_tokens')
        .set({ last_used_at: minute })
        .where('id', '=', id)
        .where((eb) => eb.or([eb('last_used_at', 'is', null), eb('last_used_at', '<', minute)]))
        .execute();
      await db
        .updateTable('users')
        .set({ last_seen_at: minute })
        .where('id', '=', user_id)
        .where((eb) =>
          eb.or([eb('last_seen_at', 'is', null), eb('last_seen_at', '<', minute - SEEN_AFTER_MS)]),
        )
        .execute();
    } catch (error) {
      if (!(error instanceof StorageFullError)) throw error;
    }
  };

  return {
    create: ({ userId, name, token, expiresAt, credentialResets }, entry) =>
      transact(db, async (trx) => {
        // Locked, so that whoever ends all credentials of the user finds this one, too.
        const user = await trx
          .selectFrom('users')
          .select('credential_resets')
          .where('id', '=', userId)
          .forNoKeyUpdate()
          .executeTakeFirst();
        if (user?.credential_resets !== credentialResets) return null;
        const row: Row = {
          id: randomUUID(),
          user_id: userId,
          name,
          token_hash: hashSecret(token),
          last_four: token.slice(-4),
          created_at: Date.now(),
          last_used_at: null,
          expires_at: expiresAt,
        };
        await endLeastUsed(trx, userId);
        await trx.insertInto('cli_tokens').values(row).execute();
        await addAuditEntry(trx, entry, null, row.created_at);
        return toCliToken(row);
      }),

    async find(token) {
      const row = await db
        .selectFrom('cli_tokens')
        .selectAll()
        .where('token_hash', '=', hashSecret(token))
        .executeTakeFirst();
      if (row === undefined) return null;
      const now = Date.now();
      if (row.expires_at !== null && row.expires_at <= now) return 'expired';
      const minute = minuteOf(now);
      if (row.last_used_at === null || row.last_used_at < minute) await recordUse(row, minute);
      return toCliToken({ ...row, last_used_at: Math.max(minute, row.last_used_at ?? 0) });
    },

    async list(userId) {
      const rows = await db
        .selectFrom('cli_tokens')
        .selectAll()
        .where('user_id', '=', userId)
        .orderBy('created_at', 'desc')
        .orderBy('id', 'desc')
        .execute();
      return rows.map(toCliToken);
    },

    removeOld: ({ expiredBefore, unusedSince }, limit) =>
      withReserve(async () => {
        const old = db
          .selectFrom('cli_tokens')
          .select('id')
          .where((eb) =>
            eb.or([eb('expires_at', '<', expiredBefore), eb(lastUse, '<', unusedSince)]),
          )
          .limit(limit);
        const deletion = db.deleteFrom('cli_tokens').where('id', 'in', old);
        return Number((await deletion.executeTakeFirstOrThrow()).numDeletedRows);
      }),

    revoke: (userId, id, entry) =>
      withReserve(() =>
        transact(db, async (trx) => {
          const row = await trx
            .selectFrom('cli_tokens')
            .select('id')
            .where('id', '=', id)
            .where('user_id', '=', userId)
            .forUpdate()
            .executeTakeFirst();
          if (row === undefined) return false;
          await trx.deleteFrom('cli_tokens').where('id', '=', id).execute();
          await addAuditEntry(trx, entry, null, Date.now());
          return true;
        }),
      ),
  };
}

/** Before a new token is stored: ends the least recently used ones, so that a user has no more than the most allowed. */
async function endLeastUsed(trx: Transaction<Database>, userId: string) {
  const rows = await trx
    .selectFrom('cli_tokens')
    .select('id')
    .where('user_id', '=', userId)
    .orderBy(lastUse, 'desc')
    .orderBy('id')
    .limit(10)
    .offset(MAX_CLI_TOKENS - 1)
    .execute();
  for (const { id } of rows) await trx.deleteFrom('cli_tokens').where('id', '=', id).execute();
}

function toCliToken(row: Row): CliToken {
  return {
    id: row.id,
    userId: row.user_id,
    name: row.name,
    lastFour: row.last_four,
    createdAt: row.created_at,
    lastUsedAt: row.last_used_at,
    expiresAt: row.expires_at,
  };
}

type InvitationRow = Selectable<Database['invitations']> & {
  readonly project_name: string | null;
  readonly project_account: string | null;
};

/** Invitations, whose tokens are stored as hashes. */
export function createInvitations(db: Kysely<Database>, withReserve: WithReserve): Invitations {
  /** Neither claimed nor expired, nor of a project that is being deleted. A revoked invitation has no row. */
  const pending = () =>
    db
      .selectFrom('invitations')
      .leftJoin('projects', (join) =>
        join
          .onRef('projects.id', '=', 'invitations.project_id')
          .on('projects.deleting_since', 'is', null),
      )
      .selectAll('invitations')
      .select(['projects.name as project_name', 'projects.account_id as project_account'])
      .where((eb) => eb.or([eb('project_id', 'is', null), eb('projects.id', 'is not', null)]))
      .where('used_at', 'is', null)
      .where('expires_at', '>', Date.now());

  return {
    create: ({ token, project, ...invitation }, entry) =>
      transact(db, async (trx) => {
        const now = Date.now();
        // Expired invitations can never be pending again.
        await trx.deleteFrom('invitations').where('expires_at', '<=', now).execute();
        const row: Selectable<Database['invitations']> = {
          id: randomUUID(),
          kind: invitation.kind,
          account_id: invitation.accountId,
          invited_by: invitation.invitedBy,
          email: invitation.email,
          project_id: project?.id ?? null,
          role: project?.role ?? null,
          token_hash: hashSecret(token),
          created_at: now,
          expires_at: invitation.expiresAt,
          used_at: null,
        };
        const found = project && (await lockedProject(trx, project.id));
        await trx.insertInto('invitations').values(row).execute();
        if (entry !== null) await addAuditEntry(trx, entry, row.project_id, now);
        return toInvitation({
          ...row,
          project_name: found?.name ?? null,
          project_account: found?.account_id ?? null,
        });
      }),

    async find(token) {
      const query = pending().where('token_hash', '=', hashSecret(token));
      const row = await query.executeTakeFirst();
      return row === undefined ? null : toInvitation(row);
    },

    async claim(id) {
      const now = Date.now();
      const { numUpdatedRows } = await db
        .updateTable('invitations')
        .set({ used_at: now })
        .where('id', '=', id)
        .where('used_at', 'is', null)
        .where('expires_at', '>', now)
        .executeTakeFirst();
      return numUpdatedRows > 0n;
    },

    async release(id) {
      await db.updateTable('invitations').set({ used_at: null }).where('id', '=', id).execute();
    },

    async list(scope) {
      const rows = await pending()
        .where(within(scope))
        .orderBy('invitations.created_at', 'desc')
        .orderBy('invitations.id', 'desc')
        .execute();
      return rows.map(toInvitation);
    },

    revoke: (scope, id, entry) =>
      withReserve(() =>
        transact(db, async (trx) => {
          const now = Date.now();
          const row = await trx
            .selectFrom('invitations')
            .select(['project_id', 'used_at'])
            .where('id', '=', id)
            .where(within(scope))
            .where('expires_at', '>', now)
            .forUpdate()
            .executeTakeFirst();
          if (row === undefined) return false;
          // A claimed one too: a release must not make it pending again.
          await trx.deleteFrom('invitations').where('id', '=', id).execute();
          if (row.used_at !== null) return false;
          await addAuditEntry(trx, entry, row.project_id, now);
          return true;
        }),
      ),

    async revokeSetupLinks() {
      // Claimed ones too: a release must not make them pending again.
      await db.deleteFrom('invitations').where('kind', '=', 'setup').execute();
    },
  };
}

function within(scope: InvitationScope) {
  return (eb: ExpressionBuilder<Database, 'invitations'>) =>
    'projectId' in scope
      ? eb('project_id', '=', scope.projectId)
      : eb.and([
          eb('invited_by', '=', scope.invitedBy),
          eb('kind', '=', 'invitation'),
          eb('project_id', 'is', null),
        ]);
}

/** Rejects for an unknown project. */
function lockedProject(trx: Transaction<Database>, id: string) {
  return liveProjects(trx)
    .select(['name', 'account_id'])
    .where('id', '=', id)
    .forKeyShare()
    .executeTakeFirstOrThrow();
}

function toInvitation(row: InvitationRow): Invitation {
  const { project_id: id, project_name: name, project_account: accountId, role } = row;
  const isWhole = id !== null && name !== null && accountId !== null && role !== null;
  return {
    id: row.id,
    kind: row.kind,
    accountId: row.account_id,
    invitedBy: row.invited_by,
    email: row.email,
    project: isWhole ? { id, accountId, name, role } : null,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
  };
}
