import { ApiError, defineRoute, iso, projectParam, type Route, time, z } from '@auraimage/http';
import { PROJECT_ROLES, type Project, type ProjectMember, type User } from '@auraimage/ports';
import { auditEntry } from '../auth/access.js';
import type { ControlDependencies } from '../dependencies.js';

const tags = ['Members'];

export const role = z.enum(PROJECT_ROLES).openapi({
  description:
    'What the person may do in the project: `viewer` looks, `editor` also changes images, `owner` everything',
});

const memberBody = z
  .object({
    id: z.string().openapi({ description: 'The `accountId` of the person' }),
    email: z.string(),
    name: z.string(),
    role,
    addedAt: time(),
  })
  .openapi('Member');

/** `/v1/projects/{project}/members`: who is a member, and as what. */
export function memberRoutes({ ports, access }: ControlDependencies): Route[] {
  const { members, identity } = ports;
  const memberParams = projectParam.extend({ id: z.string() });

  /** @throws {ApiError} `member_not_found` */
  async function findMember(project: Project, id: string) {
    const member = (await members.list(project.id)).find(({ accountId }) => accountId === id);
    const [user] = member === undefined ? [] : await identity.findUsersOf([id]);
    if (member === undefined || user === undefined) throw new ApiError('member_not_found');
    return { member, user };
  }

  return [
    defineRoute({
      method: 'GET',
      path: '/v1/projects/{project}/members',
      hosts: ['app'],
      access: access.can('members.view'),
      doc: {
        operationId: 'listMembers',
        tags,
        summary: 'List members',
        description: 'Everybody who has access to the project, those who came first at the top.',
      },
      params: projectParam,
      success: {
        status: 200,
        schema: z.object({ members: z.array(memberBody) }),
        description: 'The members',
      },
      handler: async ({ access: { project } }) => {
        const listed = await members.list(project.id);
        const users = await identity.findUsersOf(listed.map(({ accountId }) => accountId));
        const byAccount = new Map(users.map((user) => [user.accountId, user]));
        return {
          members: listed.flatMap((member) => {
            const user = byAccount.get(member.accountId);
            return user === undefined ? [] : [toMemberBody(member, user)];
          }),
        };
      },
    }),

    defineRoute({
      method: 'DELETE',
      path: '/v1/projects/{project}/members/me',
      hosts: ['app'],
      access: access.can('project.leave'),
      doc: {
        operationId: 'leaveProject',
        tags,
        summary: 'Leave a project',
        description: 'Ends your own membership. The only owner cannot leave.',
      },
      params: projectParam,
      errors: ['only_owner'],
      success: { status: 204, description: 'Left' },
      handler: async ({ access: { principal, project, role }, context }) => {
        const { accountId, email: target } = principal.user;
        const subject = { project, target, details: { role } };
        const entry = auditEntry(principal, context, 'member.removed', subject);
        const left = await members.remove(project.id, accountId, entry);
        if (left === 'only_owner') throw onlyOwner(project);
        // Removed since the access check.
        if (left === 'not_member') throw new ApiError('project_not_found');
      },
    }),

    defineRoute({
      method: 'PATCH',
      path: '/v1/projects/{project}/members/{id}',
      hosts: ['app'],
      access: access.can('members.manage'),
      doc: {
        operationId: 'changeMember',
        tags,
        summary: 'Change the role of a member',
        description:
          'Holds from the response on, on every server. Who is no owner any more loses the pending invitations that they created. Upload tokens that the server signed for people end when a member becomes a viewer.',
      },
      params: memberParams,
      body: z.strictObject({ role }),
      errors: ['member_not_found', 'only_owner'],
      success: { status: 200, schema: memberBody, description: 'The member' },
      handler: async ({ access: { principal, project }, params, body, context }) => {
        const { member, user } = await findMember(project, params.id);
        const details = { from: member.role, to: body.role };
        const subject = { project, target: user.email, details };
        const entry = auditEntry(principal, context, 'member.role_changed', subject);
        const wanted = { accountId: params.id, role: body.role };
        const changed = await members.changeRole(project.id, wanted, entry);
        if (changed === 'only_owner') throw onlyOwner(project);
        if (changed === 'not_member') throw new ApiError('member_not_found');
        return toMemberBody({ ...member, role: body.role }, user);
      },
    }),

    defineRoute({
      method: 'DELETE',
      path: '/v1/projects/{project}/members/{id}',
      hosts: ['app'],
      access: access.can('members.manage'),
      doc: {
        operationId: 'removeMember',
        tags,
        summary: 'Remove a member',
        description:
          'Holds from the response on, on every server: for sessions, CLI tokens, and upload tokens that the server signed for people. Links that the person signed stay valid until they expire: revoke them, or rotate the serve secret. So do secret keys and secrets that the person has copied.',
      },
      params: memberParams,
      errors: ['member_not_found', 'only_owner'],
      success: { status: 204, description: 'Removed' },
      handler: async ({ access: { principal, project }, params, context }) => {
        const { member, user } = await findMember(project, params.id);
        const subject = { project, target: user.email, details: { role: member.role } };
        const entry = auditEntry(principal, context, 'member.removed', subject);
        const removed = await members.remove(project.id, params.id, entry);
        if (removed === 'only_owner') throw onlyOwner(project);
        if (removed === 'not_member') throw new ApiError('member_not_found');
      },
    }),
  ];
}

function onlyOwner({ name }: Project): ApiError {
  return new ApiError('only_owner', {
    message: `A project has at least one owner: make somebody else an owner of "${name}" first`,
  });
}

function toMemberBody(
  { accountId, role, addedAt }: ProjectMember,
  { email, name }: User,
): z.infer<typeof memberBody> {
  return { id: accountId, email, name, role, addedAt: iso(addedAt) };
}
