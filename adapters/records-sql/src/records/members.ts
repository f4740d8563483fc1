import type {
  Membership,
  ProjectMember,
  ProjectMembers,
  ProjectRole,
  Removal,
} from '@auraimage/ports';
import type { Kysely, Selectable, Transaction } from 'kysely';
import type { WithReserve } from '../database/connection.js';
import type { Database } from '../database/schema.js';
import { transact } from '../database/transaction.js';
import { addAuditEntry } from './audit.js';
import { liveProjects, toProject } from './projects.js';

type Row = Selectable<Database['project_members']>;

/** Members of projects, as rows of one table. Every change locks the project: it always has an owner. */
export function createProjectMembers(
  db: Kysely<Database>,
  withReserve: WithReserve,
): ProjectMembers {
  const membershipsOf = (accountId: string) =>
    liveProjects(db)
      .innerJoin('project_members', 'project_members.project_id', 'projects.id')
      .selectAll('projects')
      .select('project_members.role')
      .where('project_members.account_id', '=', accountId);

  return {
    async find(project, accountId) {
      const query = membershipsOf(accountId).where('projects.name', '=', project);
      const row = await query.executeTakeFirst();
      return row === undefined ? null : toMembership(row);
    },

    async listProjects(accountId) {
      const query = membershipsOf(accountId).orderBy('projects.created_at').orderBy('projects.id');
      return (await query.execute()).map(toMembership);
    },

    async list(projectId) {
      const rows = await liveProjects(db)
        .innerJoin('project_members', 'project_members.project_id', 'projects.id')
        .selectAll('project_members')
        .where('projects.id', '=', projectId)
        .orderBy('project_members.added_at')
        .orderBy('project_members.account_id')
        .execute();
      return rows.map(toMember);
    },

    add: (projectId, { invitationId, ...member }, audit) =>
      transact(db, async (trx) => {
        if ((await lockedProject(trx, projectId)) === undefined) return 'project_missing';
        const members = await membersOf(trx, projectId);
        if (members.some((row) => row.account_id === member.accountId)) return 'is_member';
        const now = Date.now();
        await addMember(trx, projectId, member, now);
        await endInvitationsTo(trx, projectId, member.accountId);
        if (invitationId !== undefined) {
          await trx.deleteFrom('invitations').where('id', '=', invitationId).execute();
        }
        await addAuditEntry(trx, audit, projectId, now);
        return 'added';
      }),

    changeRole: (projectId, { accountId, role }, audit) =>
      withReserve(() =>
        transact(db, async (trx) => {
          const found = await lockedMember(trx, projectId, accountId);
          if (found === null) return 'not_member';
          const { project, members, member } = found;
          if (member.role === role) return 'unchanged';
          if (!hasOtherOwner(members, accountId) && member.role === 'owner') return 'only_owner';
          await trx
            .updateTable('project_members')
            .set({ role })
            .where('project_id', '=', projectId)
            .where('account_id', '=', accountId)
            .execute();
          await endPowers(trx, project, member, role, members);
          await addAuditEntry(trx, audit, projectId, Date.now());
          return 'changed';
        }),
      ),

    remove: (projectId, accountId, audit) =>
      withReserve(() =>
        transact(db, async (trx) => {
          const found = await lockedMember(trx, projectId, accountId);
          if (found === null) return 'not_member';
          const { project, members, member } = found;
          if (!hasOtherOwner(members, accountId) && member.role === 'owner') return 'only_owner';
          await removeMember(trx, project, member, members);
          await addAuditEntry(trx, audit, projectId, Date.now());
          return 'removed';
        }),
      ),
  };
}

/** Some projects have no other owner. Rolls the transaction back. */
export class OnlyOwnerError extends Error {
  override readonly name = 'OnlyOwnerError';
  constructor(readonly projects: readonly string[]) {
    super('the account is the only owner of projects');
  }
}

/**
 * Ends every membership of an account.
 *
 * @param successorId account that becomes an owner of every project that would have none
 * @throws {OnlyOwnerError} when there is such a project, and no successor
 */
export async function leaveAll(
  trx: Transaction<Database>,
  accountId: string,
  { successorId, projectEntry }: Pick<Removal, 'successorId' | 'projectEntry'>,
): Promise<void> {
  const projects = await liveProjects(trx)
    .innerJoin('project_members', 'project_members.project_id', 'projects.id')
    .select(['projects.id', 'projects.account_id', 'projects.name'])
    .where('project_members.account_id', '=', accountId)
    .orderBy('projects.id')
    .forNoKeyUpdate()
    .execute();
  const now = Date.now();
  const all: (readonly [LockedProject, Row[]])[] = [];
  for (const project of projects) all.push([project, await membersOf(trx, project.id)]);
  const onlyOwnerOf: string[] = [];
  for (const [project, members] of all) {
    const note = (action: 'member.removed' | 'member.added', ownerId: string) => {
      const entry = projectEntry({ accountId: ownerId, name: project.name }, action);
      return addAuditEntry(trx, entry, project.id, now);
    };
    const member = members.find((row) => row.account_id === accountId);
    if (member === undefined) continue;
    if (member.role === 'owner' && !hasOtherOwner(members, accountId)) {
      if (successorId === null) {
        onlyOwnerOf.push(project.name);
        continue;
      }
      await addMember(trx, project.id, { accountId: successorId, role: 'owner' }, now);
      await note('member.added', successorId);
      members.push({
        project_id: project.id,
        account_id: successorId,
        role: 'owner',
        added_at: now,
      });
    }
    const owner = await removeMember(trx, project, member, members);
    await note('member.removed', owner);
  }
  if (onlyOwnerOf.length > 0) throw new OnlyOwnerError(onlyOwnerOf.sort());
}

/** Adds a member, or gives a new role to one. */
export async function addMember(
  trx: Transaction<Database>,
  projectId: string,
  { accountId, role }: Pick<ProjectMember, 'accountId' | 'role'>,
  now: number,
): Promise<void> {
  await trx
    .insertInto('project_members')
    .values({ project_id: projectId, account_id: accountId, role, added_at: now })
    .onConflict((conflict) => conflict.columns(['project_id', 'account_id']).doUpdateSet({ role }))
    .execute();
}

type LockedProject = Pick<Selectable<Database['projects']>, 'id' | 'account_id' | 'name'>;

function lockedProject(trx: Transaction<Database>, id: string): Promise<LockedProject | undefined> {
  return liveProjects(trx)
    .select(['id', 'account_id', 'name'])
    .where('id', '=', id)
    .forNoKeyUpdate()
    .executeTakeFirst();
}

/** A member of a project that is locked, with all of them. */
async function lockedMember(trx: Transaction<Database>, projectId: string, accountId: string) {
  const project = await lockedProject(trx, projectId);
  const members = project === undefined ? [] : await membersOf(trx, projectId);
  const member = members.find((row) => row.account_id === accountId);
  return project === undefined || member === undefined ? null : { project, members, member };
}

/** Those that were added first come first. */
function membersOf(trx: Transaction<Database>, projectId: string): Promise<Row[]> {
  return trx
    .selectFrom('project_members')
    .selectAll()
    .where('project_id', '=', projectId)
    .orderBy('added_at')
    .orderBy('account_id')
    .execute();
}

function hasOtherOwner(members: readonly Row[], accountId: string): boolean {
  return members.some((row) => row.role === 'owner' && row.account_id !== accountId);
}

/** @returns the account of the project from now on */
async function removeMember(
  trx: Transaction<Database>,
  project: LockedProject,
  member: Row,
  members: readonly Row[],
): Promise<string> {
  await trx
    .deleteFrom('project_members')
    .where('project_id', '=', project.id)
    .where('account_id', '=', member.account_id)
    .execute();
  return endPowers(trx, project, member, null, members);
}

/**
 * Ends what a member could still use of an earlier role.
 *
 * @param next the new role, or `null` for a removed member
 * @param members as they were before
 * @returns the account of the project from now on
 */
async function endPowers(
  trx: Transaction<Database>,
  project: LockedProject,
  { account_id: accountId, role }: Row,
  next: ProjectRole | null,
  members: readonly Row[],
): Promise<string> {
  await endInvitationsTo(trx, project.id, accountId);
  let owner = project.account_id;
  if (role === 'owner' && next !== 'owner') {
    // Claimed ones too: a release must not make them pending again.
    await trx
      .deleteFrom('invitations')
      .where('project_id', '=', project.id)
      .where('invited_by', '=', accountId)
      .execute();
    if (owner === accountId) owner = await moveToOtherOwner(trx, project, members);
  }
  if (role !== 'viewer' && (next === null || next === 'viewer')) {
    // The next signature for a person makes a new one.
    await trx
      .updateTable('secret_keys')
      .set({ revoked_at: Date.now() })
      .where('project_id', '=', project.id)
      .where('internal', '=', 1)
      .where('revoked_at', 'is', null)
      .execute();
  }
  return owner;
}

/**
 * Ends the invitations to a project that are for the emails of an account: an earlier one may have a higher role, and
 * must not lead back after a removal. Claimed ones too: a release must not make them pending again.
 */
async function endInvitationsTo(
  trx: Transaction<Database>,
  projectId: string,
  accountId: string,
): Promise<void> {
  await trx
    .deleteFrom('invitations')
    .where('project_id', '=', projectId)
    .where('email', 'in', (eb) =>
      eb.selectFrom('users').select('users.email').where('users.account_id', '=', accountId),
    )
    .execute();
}

/** Moves a project out of an account that is no owner any more, so that account-wide keys of it lose their access. */
async function moveToOtherOwner(
  trx: Transaction<Database>,
  { id, account_id: accountId }: LockedProject,
  members: readonly Row[],
): Promise<string> {
  const next = members.find((row) => row.role === 'owner' && row.account_id !== accountId);
  if (next === undefined) throw new Error('the project has no other owner');
  const set = { account_id: next.account_id };
  await trx.updateTable('projects').set(set).where('id', '=', id).execute();
  await trx.updateTable('secret_keys').set(set).where('project_id', '=', id).execute();
  return next.account_id;
}

function toMembership(
  row: Selectable<Database['projects']> & { readonly role: ProjectRole },
): Membership {
  return { project: toProject(row), role: row.role };
}

function toMember({ account_id: accountId, role, added_at: addedAt }: Row): ProjectMember {
  return { accountId, role, addedAt };
}
