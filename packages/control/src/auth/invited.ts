import { createRoute, z } from '@hono/zod-openapi';
import type { ControlApp } from '../context.js';
import { ControlError } from '../errors.js';
import { BODY_ERRORS, errors, givenName, iso, json, jsonBody, time } from '../openapi.js';
import { acceptInvitation, findOpen } from './accept.js';
import { type Attempt, countAttempts, refundAttempts } from './attempts.js';
import type { SessionCookie } from './cookie.js';
import { emailField, passwordField } from './credentials.js';
import type { CrossSite } from './cross-site.js';
import { ownPagesOnly } from './guards.js';
import { meBody, toMeBody } from './me.js';
import type { AuthServices } from './services.js';
import { clientOf, startSession } from './start-session.js';

const token = z.string().max(1000).openapi({ description: "From the link's address" });

/** What somebody calls who has a link: an invitation or the one that sets a server up. */
export function invitedRoutes(
  app: ControlApp,
  { ports }: AuthServices,
  cookie: SessionCookie,
  crossSite: CrossSite,
): void {
  const { attempts, identity } = ports;

  app.openapi(
    createRoute({
      method: 'post',
      path: '/v1/auth/invitations/check',
      operationId: 'checkInvitation',
      tags: ['Sign-in'],
      summary: 'Tell what a link is for',
      description: 'A link that was used, was revoked or has expired is one that nobody has.',
      security: [],
      request: { body: jsonBody(z.strictObject({ token })) },
      responses: {
        200: json(
          z.object({
            kind: z.enum(['setup', 'invitation']),
            email: z.string().nullable().openapi({ description: 'The one email that it is for' }),
            expiresAt: time(),
          }),
          'The invitation',
        ),
        ...errors(...BODY_ERRORS, 'invitation_invalid', 'too_many_attempts'),
      },
    }),
    async (c) => {
      const guess: Attempt = ['invitation_client', c.env.client];
      await countAttempts(attempts, [guess]);
      const invitation = await findOpen(ports, c.req.valid('json').token);
      if (invitation === null) throw new ControlError('invitation_invalid');
      await refundAttempts(attempts, [guess]);
      const { kind, email, expiresAt } = invitation;
      return c.json({ kind, email, expiresAt: iso(expiresAt) }, 200);
    },
  );

  app.openapi(
    createRoute({
      method: 'post',
      path: '/v1/auth/invitations/accept',
      operationId: 'acceptInvitation',
      tags: ['Sign-in'],
      summary: 'Make an account',
      description: 'Uses the link up, makes its user and begins a session, as a cookie.',
      security: [],
      middleware: ownPagesOnly(crossSite),
      request: {
        body: jsonBody(
          z.strictObject({
            token,
            email: emailField,
            password: passwordField,
            name: givenName.optional(),
          }),
        ),
      },
      responses: {
        201: json(meBody, 'The account is there'),
        ...errors(
          ...BODY_ERRORS,
          'email_invalid',
          'password_weak',
          'invitation_invalid',
          'email_taken',
          'cross_site_request',
          'too_many_attempts',
        ),
      },
    }),
    async (c) => {
      const { token: link, ...person } = c.req.valid('json');
      await countAttempts(attempts, [['invitation_client', c.env.client]]);
      const user = await acceptInvitation(ports, link, person);
      const began = await identity.createSession(user.id, clientOf(c));
      await startSession(c, ports, cookie, began, 'account.created');
      return c.json(toMeBody({ kind: 'session', user }), 201);
    },
  );
}
