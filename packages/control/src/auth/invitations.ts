import {
  ApiError,
  defineRoute,
  everyone,
  givenName,
  iso,
  type Route,
  time,
  z,
} from '@auraimage/http';
import { type Invitation, PROJECT_ROLES } from '@auraimage/ports';
import type { ControlDependencies } from '../dependencies.js';
import { auditEntry } from './access.js';
import {
  acceptInvitation,
  acceptMembership,
  createInvitation,
  findOpenInvitation,
} from './accounts.js';
import {
  type Attempt,
  countAttempts,
  emailField,
  passwordField,
  readEmail,
  refundAttempts,
} from './credentials.js';
import { clientOf, createStartSession, meBody } from './sign-in.js';

const token = z.string().max(1000).openapi({ description: 'The `token` of the link' });

const email = z
  .string()
  .nullable()
  .openapi({ description: 'The only email that can accept it; `null`: any' });

const invitedTo = z.object({ projectName: z.string(), role: z.enum(PROJECT_ROLES) });

const invitationBody = z
  .object({ id: z.string(), email, createdAt: time(), expiresAt: time() })
  .openapi('Invitation');

/** Invitations and set-up links: for people who received one, and for administrators who create them. */
export function invitationRoutes(dependencies: ControlDependencies): Route[] {
  const { access, ports, options } = dependencies;
  const { invitations, identity, attempts } = ports;
  const startSession = createStartSession(dependencies);

  return [
    defineRoute({
      method: 'POST',
      path: '/v1/auth/invitations/check',
      hosts: ['app'],
      access: everyone,
      doc: {
        operationId: 'checkInvitation',
        tags: ['Sign-in'],
        summary: 'Check an invitation or set-up link',
        description:
          'Returns what a link is for. A link that was used, revoked or has expired gets the same response as an unknown one.',
      },
      body: z.strictObject({ token }),
      errors: ['invitation_invalid', 'too_many_attempts'],
      success: {
        status: 200,
        schema: z.object({
          kind: z.enum(['setup', 'invitation']),
          email,
          expiresAt: time(),
          project: invitedTo.nullable().openapi({
            description: 'The project that the person joins; `null`: none',
          }),
        }),
        description: 'The invitation',
      },
      async handler({ body, context }) {
        const guess: Attempt = ['invitation_client', context.client];
        await countAttempts(attempts, [guess]);
        const invitation = await findOpenInvitation(ports, body.token);
        if (invitation === null) throw new ApiError('invitation_invalid');
        await refundAttempts(attempts, [guess]);
        const { kind, email, expiresAt, project } = invitation;
        return { kind, email, expiresAt: iso(expiresAt), project: project && toInvitedTo(project) };
      },
    }),

    defineRoute({
      method: 'POST',
      path: '/v1/auth/invitations/accept',
      hosts: ['app'],
      access: access.ownPages,
      doc: {
        operationId: 'acceptInvitation',
        tags: ['Sign-in'],
        summary: 'Create an account',
        description:
          'Uses the link, creates its user and starts a session, with a cookie. A link to a project makes the user a member of it.',
      },
      body: z.strictObject({
        token,
        email: emailField,
        password: passwordField,
        name: givenName.optional(),
      }),
      errors: [
        'email_invalid',
        'password_weak',
        'invitation_invalid',
        'email_taken',
        'too_many_attempts',
        'sign_in_busy',
      ],
      success: { status: 201, schema: meBody, description: 'The account was created' },
      async handler({ body: { token, ...person }, request, context }) {
        const guess: Attempt = ['invitation_client', context.client];
        await countAttempts(attempts, [guess]);
        const user = await acceptInvitation(ports, token, person, context);
        await refundAttempts(attempts, [guess]);
        const began = await identity.createSession(user.id, clientOf({ request, context }));
        if ('pendingToken' in began) throw new Error('a new user has no second factor');
        return startSession({ request, context }, began, 'account.created');
      },
    }),

    defineRoute({
      method: 'POST',
      path: '/v1/auth/invitations/join',
      hosts: ['app'],
      access: access.session,
      doc: {
        operationId: 'joinProject',
        tags: ['Members'],
        summary: 'Join a project',
        description: 'Uses an invitation to a project with the account that is signed in.',
      },
      body: z.strictObject({ token }),
      errors: ['invitation_invalid', 'email_invalid', 'member_exists', 'too_many_attempts'],
      success: { status: 200, schema: invitedTo, description: 'You are a member now' },
      async handler({ access: caller, body, context }) {
        const guess: Attempt = ['invitation_client', context.client];
        await countAttempts(attempts, [guess]);
        const invitation = await findOpenInvitation(ports, body.token);
        if (invitation === null) throw new ApiError('invitation_invalid');
        await refundAttempts(attempts, [guess]);
        return toInvitedTo(await acceptMembership(ports, invitation, caller, context));
      },
    }),

    defineRoute({
      method: 'POST',
      path: '/v1/auth/invitations',
      hosts: ['app'],
      access: access.admin,
      doc: {
        operationId: 'createInvitation',
        tags: ['Sign-in'],
        summary: 'Invite a person',
        description:
          'Creates a link with which one person can create an account of their own within 7 days. The link is in no other response.',
      },
      body: z.strictObject({ email: emailField.optional() }),
      bodyIsOptional: true,
      errors: ['email_invalid'],
      success: {
        status: 201,
        schema: z.object({ id: z.string(), url: z.string(), email, expiresAt: time() }),
        description: 'The invitation',
      },
      async handler({ access: caller, body, context }) {
        const email = body.email === undefined ? null : readEmail(body.email);
        const { accountId } = caller.user;
        const entry = auditEntry(caller, context, 'invitation.created', { target: email });
        const invited = { invitedBy: accountId, email, project: null };
        const { id, url, expiresAt } = await createInvitation(ports, options, invited, entry);
        return { id, url, email, expiresAt: iso(expiresAt) };
      },
    }),

    defineRoute({
      method: 'GET',
      path: '/v1/auth/invitations',
      hosts: ['app'],
      access: access.admin,
      doc: {
        operationId: 'listInvitations',
        tags: ['Sign-in'],
        summary: 'List open invitations',
        description:
          'Invitations that were neither used nor revoked and have not expired, newest first.',
      },
      success: {
        status: 200,
        schema: z.object({ invitations: z.array(invitationBody) }),
        description: 'The invitations',
      },
      async handler({ access: { user } }) {
        const open = await invitations.list({ invitedBy: user.accountId });
        const bodies = open.map(({ id, email, createdAt, expiresAt }) => {
          return { id, email, createdAt: iso(createdAt), expiresAt: iso(expiresAt) };
        });
        return { invitations: bodies };
      },
    }),

    defineRoute({
      method: 'DELETE',
      path: '/v1/auth/invitations/{id}',
      hosts: ['app'],
      access: access.admin,
      doc: {
        operationId: 'revokeInvitation',
        tags: ['Sign-in'],
        summary: 'Revoke an invitation',
      },
      params: z.object({ id: z.string() }),
      errors: ['invitation_not_found'],
      success: { status: 204, description: 'Revoked' },
      async handler({ access: caller, params: { id }, context }) {
        const entry = auditEntry(caller, context, 'invitation.revoked', { target: id });
        const scope = { invitedBy: caller.user.accountId };
        const revoked = await invitations.revoke(scope, id, entry);
        if (!revoked) throw new ApiError('invitation_not_found');
      },
    }),
  ];
}

function toInvitedTo({
  name,
  role,
}: NonNullable<Invitation['project']>): z.infer<typeof invitedTo> {
  return { projectName: name, role };
}
