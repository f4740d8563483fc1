import { randomUUID } from 'node:crypto';
import type { Invitation, InvitationScope, Invitations } from '@auraimage/ports';
import { CodedError } from '@auraimage/protocol';
import type { ExpressionBuilder, Kysely, Selectable, Transaction } from 'kysely';
import type { WithReserve } from '../database/connection.js';
import type { Database } from '../database/schema.js';
import { transact } from '../database/transaction.js';
import { addAuditEntry } from './audit.js';
import { hashSecret, liveProjects } from './projects.js';

/** No acceptance takes longer, in milliseconds. One that has was cut: its invitation stays claimed. */
const ACCEPTANCE_MS = 3_600_000;

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
        const { kind, invitedBy } = invitation;
        const found = project && (await projectOfOwner(trx, project.id, invitedBy));
        if (project !== null) await checkMembers(trx, project, now);
        else if (kind === 'invitation') await checkAdministrator(trx, invitedBy);
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

/**
 * A project of which the inviter is an owner. Locked, because who is an owner no more loses the invitations that there
 * are: one that is committed later would lead back.
 *
 * @throws {CodedError} `project_not_found` for who is no member, too; `role_forbidden`
 */
async function projectOfOwner(trx: Transaction<Database>, id: string, invitedBy: string | null) {
  const project = await liveProjects(trx)
    .select(['name', 'account_id'])
    .where('id', '=', id)
    .forNoKeyUpdate()
    .executeTakeFirst();
  const member = await trx
    .selectFrom('project_members')
    .select('role')
    .where('project_id', '=', id)
    .where('account_id', '=', invitedBy)
    .executeTakeFirst();
  if (project === undefined || member === undefined) throw new CodedError('project_not_found');
  if (member.role !== 'owner') throw new CodedError('role_forbidden');
  return project;
}

/**
 * Checks that a project may have one more member. Its transaction must have locked the project: then no other one adds a
 * member or an invitation.
 *
 * @throws {CodedError} `member_limit`
 */
async function checkMembers(
  trx: Transaction<Database>,
  { id, limit }: { readonly id: string; readonly limit: number },
  now: number,
): Promise<void> {
  const { members } = await trx
    .selectFrom('project_members')
    .select((eb) => eb.fn.countAll<number>().as('members'))
    .where('project_id', '=', id)
    .executeTakeFirstOrThrow();
  const { invited } = await trx
    .selectFrom('invitations')
    .select((eb) => eb.fn.countAll<number>().as('invited'))
    .where('project_id', '=', id)
    .where('expires_at', '>', now)
    .where((eb) => eb.or([eb('used_at', 'is', null), eb('used_at', '>', now - ACCEPTANCE_MS)]))
    .executeTakeFirstOrThrow();
  if (Number(members) + Number(invited) >= limit) throw new CodedError('member_limit');
}

/**
 * Checks that an administrator invites to the server. Locked, because who is an administrator no more loses the
 * invitations that there are: one that is committed later would stay.
 *
 * @throws {CodedError} `admin_required`
 */
async function checkAdministrator(
  trx: Transaction<Database>,
  accountId: string | null,
): Promise<void> {
  const administrator = await trx
    .selectFrom('users')
    .select('id')
    .where('account_id', '=', accountId)
    .where('role', '=', 'admin')
    .forShare()
    .executeTakeFirst();
  if (administrator === undefined) throw new CodedError('admin_required');
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
