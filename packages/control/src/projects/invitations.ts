import { ApiError, defineRoute, iso, projectParam, type Route, time, z } from '@auraimage/http';
import type { Invitation } from '@auraimage/ports';
import { auditEntry } from '../auth/access.js';
import { createInvitation } from '../auth/accounts.js';
import { emailField, readEmail } from '../auth/credentials.js';
import { MAX_MEMBERS } from '../auth/permissions.js';
import type { ControlDependencies } from '../dependencies.js';
import { role } from './members.js';

const tags = ['Members'];

const email = z
  .string()
  .nullable()
  .openapi({ description: 'The only email that can accept it; `null`: of whoever has the link' });

const facts = { id: z.string(), email, role, createdAt: time(), expiresAt: time() };
const projectInvitationBody = z.object(facts).openapi('ProjectInvitation');

/** `/v1/projects/{project}/invitations`: links with which a person becomes a member. */
export function projectInvitationRoutes({ ports, options, access }: ControlDependencies): Route[] {
  const { invitations, members, identity } = ports;

  /** @throws {ApiError} `member_exists` */
  async function refuseMember(projectId: string, address: string): Promise<void> {
    const user = await identity.findUserByEmail(address);
    const listed = user === null ? [] : await members.list(projectId);
    if (!listed.some(({ accountId }) => accountId === user?.accountId)) return;
    throw new ApiError('member_exists', { message: `${address} is a member already` });
  }

  return [
    defineRoute({
      method: 'POST',
      path: '/v1/projects/{project}/invitations',
      hosts: ['app'],
      access: access.can('members.manage'),
      doc: {
        operationId: 'inviteMember',
        tags,
        summary: 'Invite a person to a project',
        description:
          'Creates a link with which one person joins the project within 7 days: with the account that they have, or with a new one. With an email, only the person with that email; without, whoever has the link first. The link is in no other response, and the server sends no mail.',
      },
      params: projectParam,
      body: z.strictObject({ role, email: emailField.optional() }),
      errors: ['email_invalid', 'member_exists', 'member_limit'],
      success: {
        status: 201,
        schema: z.object({ ...facts, url: z.string() }).openapi('NewProjectInvitation'),
        description: 'The invitation',
      },
      async handler({ access: { principal, project }, body, context }) {
        const email = body.email === undefined ? null : readEmail(body.email);
        if (email !== null) await refuseMember(project.id, email);
        const subject = { project, target: email, details: { role: body.role } };
        const entry = auditEntry(principal, context, 'invitation.created', subject);
        const to = { id: project.id, role: body.role, limit: MAX_MEMBERS };
        const invited = { email, project: to, invitedBy: principal.user.accountId };
        const invitation = await createInvitation(ports, options, invited, entry);
        return { ...toInvitationBody({ ...invitation, role: body.role }), url: invitation.url };
      },
    }),

    defineRoute({
      method: 'GET',
      path: '/v1/projects/{project}/invitations',
      hosts: ['app'],
      access: access.can('members.manage'),
      doc: {
        operationId: 'listProjectInvitations',
        tags,
        summary: 'List open invitations to a project',
        description:
          'Invitations that were neither used nor revoked and have not expired, newest first.',
      },
      params: projectParam,
      success: {
        status: 200,
        schema: z.object({ invitations: z.array(projectInvitationBody) }),
        description: 'The invitations',
      },
      async handler({ access: { project } }) {
        const open = await invitations.list({ projectId: project.id });
        return {
          invitations: open.flatMap((each) =>
            each.project === null ? [] : [toInvitationBody({ ...each, role: each.project.role })],
          ),
        };
      },
    }),

    defineRoute({
      method: 'DELETE',
      path: '/v1/projects/{project}/invitations/{id}',
      hosts: ['app'],
      access: access.can('members.manage'),
      doc: {
        operationId: 'revokeProjectInvitation',
        tags,
        summary: 'Revoke an invitation to a project',
      },
      params: projectParam.extend({ id: z.string() }),
      errors: ['invitation_not_found'],
      success: { status: 204, description: 'Revoked' },
      async handler({ access: { principal, project }, params: { id }, context }) {
        const scope = { projectId: project.id };
        const open = (await invitations.list(scope)).find((each) => each.id === id);
        const subject = { project, target: open?.email ?? null };
        const entry = auditEntry(principal, context, 'invitation.revoked', subject);
        // One that is being accepted is not in the list, and must not be open again if that fails.
        const revoked = await invitations.revoke(scope, id, entry);
        if (!revoked) throw new ApiError('invitation_not_found');
      },
    }),
  ];
}

function toInvitationBody({
  id,
  email,
  role,
  createdAt,
  expiresAt,
}: Pick<Invitation, 'id' | 'email' | 'createdAt' | 'expiresAt'> &
  Pick<z.infer<typeof projectInvitationBody>, 'role'>): z.infer<typeof projectInvitationBody> {
  return { id, email, role, createdAt: iso(createdAt), expiresAt: iso(expiresAt) };
}
