import { createRoute, z } from '@hono/zod-openapi';
import type { ControlApp } from '../context.js';
import { ControlError } from '../errors.js';
import { by } from '../http.js';
import {
  BODY_ERRORS,
  errors,
  json,
  jsonBody,
  noContent,
  SESSION,
  SIGNED_IN_ERRORS,
} from '../openapi.js';
import { type Attempt, countAttempts, refundAttempts } from './attempts.js';
import type { SessionCookie } from './cookie.js';
import { checkPassword, emailField, normaliseEmail, passwordField } from './credentials.js';
import type { CrossSite } from './cross-site.js';
import { ownPagesOnly, sessionOnly } from './guards.js';
import { meBody, toMeBody } from './me.js';
import type { AuthServices } from './services.js';
import { clientOf, startSession } from './start-session.js';

/** Signing in and out, and the password. */
export function signInRoutes(
  app: ControlApp,
  { ports, signedIn }: AuthServices,
  cookie: SessionCookie,
  crossSite: CrossSite,
): void {
  const { identity, attempts, audit, clock } = ports;

  app.openapi(
    createRoute({
      method: 'post',
      path: '/v1/auth/sign-in',
      operationId: 'signIn',
      tags: ['Sign-in'],
      summary: 'Sign in',
      description:
        'Begins a session, as a cookie, and ends the one that the browser had. An email that nobody has is refused like a wrong password. Attempts are limited by email and by client.',
      security: [],
      middleware: ownPagesOnly(crossSite),
      request: {
        body: jsonBody(z.strictObject({ email: emailField, password: passwordField })),
      },
      responses: {
        200: json(meBody, 'Signed in'),
        ...errors(...BODY_ERRORS, 'sign_in_failed', 'cross_site_request', 'too_many_attempts'),
      },
    }),
    async (c) => {
      const { email: text, password } = c.req.valid('json');
      const email = normaliseEmail(text);
      const byClient: Attempt = ['sign_in_client', c.env.client];
      await countAttempts(attempts, [byClient, ['sign_in_email', email]]);
      const began = await identity.signIn(email, password, clientOf(c));
      if (began === null) throw new ControlError('sign_in_failed');
      await attempts.reset('sign_in_email', email);
      await refundAttempts(attempts, [byClient]);
      await startSession(c, ports, cookie, began, 'account.signed_in');
      return c.json(toMeBody({ kind: 'session', user: began.user }), 200);
    },
  );

  app.openapi(
    createRoute({
      method: 'post',
      path: '/v1/auth/sign-out',
      operationId: 'signOut',
      tags: ['Sign-in'],
      summary: 'Sign out',
      description: 'Ends the session of the cookie.',
      security: SESSION,
      middleware: [signedIn, sessionOnly] as const,
      responses: { 204: noContent('Signed out'), ...errors(...SIGNED_IN_ERRORS) },
    }),
    async (c) => {
      const { user, credentialId } = c.var.caller;
      await identity.revokeSession(user.id, credentialId);
      c.header('Set-Cookie', cookie.forget());
      return c.body(null, 204);
    },
  );

  app.openapi(
    createRoute({
      method: 'post',
      path: '/v1/auth/me/password',
      operationId: 'changePassword',
      tags: ['Sign-in'],
      summary: 'Change the password',
      description: 'Ends every other session of the user.',
      security: SESSION,
      middleware: [signedIn, sessionOnly] as const,
      request: {
        body: jsonBody(
          z.strictObject({ currentPassword: passwordField, newPassword: passwordField }),
        ),
      },
      responses: {
        204: noContent('Changed'),
        ...errors(
          ...SIGNED_IN_ERRORS,
          ...BODY_ERRORS,
          'password_weak',
          'password_wrong',
          'too_many_attempts',
        ),
      },
    }),
    async (c) => {
      const { currentPassword, newPassword } = c.req.valid('json');
      const { caller } = c.var;
      const { id } = caller.user;
      checkPassword(newPassword);
      await countAttempts(attempts, [['password_change', id]]);
      const keep = caller.credentialId;
      const outcome = await identity.changePassword(id, currentPassword, newPassword, keep);
      if (outcome === 'wrong_password') throw new ControlError('password_wrong');
      await attempts.reset('password_change', id);
      await audit.append([{ ...by(caller, c, 'account.password_changed'), at: clock.now() }]);
      return c.body(null, 204);
    },
  );
}
