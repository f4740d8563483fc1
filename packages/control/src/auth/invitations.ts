import { createRoute, z } from '@hono/zod-openapi';
import type { ControlApp } from '../context.js';
import { ControlError } from '../errors.js';
import { by } from '../http.js';
import {
  BODY_ERRORS,
  errors,
  iso,
  json,
  jsonBody,
  noContent,
  SIGNED_IN,
  SIGNED_IN_ERRORS,
  time,
} from '../openapi.js';
import { emailField, readEmail } from './credentials.js';
import { adminOnly } from './guards.js';
import { createInvitation } from './invitation-links.js';
import type { AuthServices } from './services.js';

const invitationBody = z
  .object({
    id: z.string(),
    email: z.string().nullable().openapi({ description: 'The one email that it is for' }),
    createdAt: time(),
    expiresAt: time(),
  })
  .openapi('Invitation');

const ADMIN_ERRORS = [...SIGNED_IN_ERRORS, 'admin_required'] as const;

/** The invitations that an administrator has made. */
export function invitationRoutes(
  app: ControlApp,
  { ports, options, signedIn }: AuthServices,
): void {
  const { invitations, audit, clock } = ports;

  app.openapi(
    createRoute({
      method: 'post',
      path: '/v1/auth/invitations',
      operationId: 'createInvitation',
      tags: ['Sign-in'],
      summary: 'Invite somebody',
      description:
        'Makes a link, shown this once, with which one person makes an account of their own within 7 days.',
      security: SIGNED_IN,
      middleware: [signedIn, adminOnly] as const,
      request: { body: jsonBody(z.strictObject({ email: emailField.optional() }), false) },
      responses: {
        201: json(
          z.object({
            id: z.string(),
            url: z.string(),
            email: z.string().nullable(),
            expiresAt: time(),
          }),
          'The invitation',
        ),
        ...errors(...ADMIN_ERRORS, ...BODY_ERRORS, 'email_invalid'),
      },
    }),
    async (c) => {
      const { caller } = c.var;
      const { email: text } = c.req.valid('json');
      const email = text === undefined ? null : readEmail(text);
      const made = await createInvitation(ports, options, caller.user.accountId, email);
      const entry = by(caller, c, 'invitation.created', { target: email });
      await audit.append([{ ...entry, at: clock.now() }]);
      return c.json({ id: made.id, url: made.url, email, expiresAt: iso(made.expiresAt) }, 201);
    },
  );

  app.openapi(
    createRoute({
      method: 'get',
      path: '/v1/auth/invitations',
      operationId: 'listInvitations',
      tags: ['Sign-in'],
      summary: 'List open invitations',
      description: 'Those that were neither used nor revoked and have not expired, newest first.',
      security: SIGNED_IN,
      middleware: [signedIn, adminOnly] as const,
      responses: {
        200: json(z.object({ invitations: z.array(invitationBody) }), 'The invitations'),
        ...errors(...ADMIN_ERRORS),
      },
    }),
    async (c) => {
      const open = await invitations.list(c.var.caller.user.accountId);
      const bodies = open.map(({ id, email, createdAt, expiresAt }) => {
        return { id, email, createdAt: iso(createdAt), expiresAt: iso(expiresAt) };
      });
      return c.json({ invitations: bodies }, 200);
    },
  );

  app.openapi(
    createRoute({
      method: 'delete',
      path: '/v1/auth/invitations/{id}',
      operationId: 'revokeInvitation',
      tags: ['Sign-in'],
      summary: 'Revoke an invitation',
      security: SIGNED_IN,
      middleware: [signedIn, adminOnly] as const,
      request: { params: z.object({ id: z.string() }) },
      responses: {
        204: noContent('Revoked'),
        ...errors(...ADMIN_ERRORS, 'invitation_not_found'),
      },
    }),
    async (c) => {
      const { caller } = c.var;
      const { id } = c.req.valid('param');
      const revoked = await invitations.revoke(caller.user.accountId, id);
      if (!revoked) throw new ControlError('invitation_not_found');
      const entry = by(caller, c, 'invitation.revoked', { target: id });
      await audit.append([{ ...entry, at: clock.now() }]);
      return c.body(null, 204);
    },
  );
}
