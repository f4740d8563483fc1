import { createRoute, z } from '@hono/zod-openapi';
import type { ControlApp } from '../context.js';
import { errors, json, SIGNED_IN, SIGNED_IN_ERRORS } from '../openapi.js';
import type { Caller } from './authenticate.js';
import type { SessionCookie } from './cookie.js';
import type { AuthServices } from './services.js';

export const meBody = z
  .object({
    email: z.string(),
    name: z.string(),
    role: z.enum(['admin', 'member']),
    accountId: z.string(),
    credential: z.enum(['session', 'cli_token']),
  })
  .openapi('Me');

export function toMeBody({ kind, user }: Pick<Caller, 'kind' | 'user'>): z.infer<typeof meBody> {
  const { email, name, role, accountId } = user;
  return { email, name, role, accountId, credential: kind };
}

/** Who one is. */
export function meRoutes(app: ControlApp, { signedIn }: AuthServices, cookie: SessionCookie): void {
  app.openapi(
    createRoute({
      method: 'get',
      path: '/v1/auth/me',
      operationId: 'getMe',
      tags: ['Sign-in'],
      summary: 'Tell who is signed in',
      description: 'For a session, the cookie is sent again: its 30 days begin anew.',
      security: SIGNED_IN,
      middleware: signedIn,
      responses: { 200: json(meBody, 'The user'), ...errors(...SIGNED_IN_ERRORS) },
    }),
    (c) => {
      const [token] = cookie.read(c.req.header('cookie') ?? null);
      const { caller } = c.var;
      if (caller.kind === 'session' && token !== undefined) {
        c.header('Set-Cookie', cookie.keep(token));
      }
      return c.json(toMeBody(caller), 200);
    },
  );

  app.openapi(
    createRoute({
      method: 'get',
      path: '/v1/auth/me/methods',
      operationId: 'getMyMethods',
      tags: ['Sign-in'],
      summary: 'Tell how the user signs in',
      security: SIGNED_IN,
      middleware: signedIn,
      responses: {
        200: json(
          z.object({ email: z.string(), methods: z.array(z.enum(['password'])) }),
          'The ways to sign in',
        ),
        ...errors(...SIGNED_IN_ERRORS),
      },
    }),
    (c) => c.json({ email: c.var.caller.user.email, methods: ['password' as const] }, 200),
  );
}
