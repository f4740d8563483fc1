import { createRoute, z } from '@hono/zod-openapi';
import type { ControlApp } from '../context.js';
import { ControlError } from '../errors.js';
import { by } from '../http.js';
import { errors, iso, json, noContent, SIGNED_IN, SIGNED_IN_ERRORS, time } from '../openapi.js';
import type { AuthServices } from './services.js';

const sessionBody = z
  .object({
    id: z.string(),
    createdAt: time(),
    lastUsedAt: time('To the hour'),
    expiresAt: time('Moves on while the session is used'),
    address: z.string().openapi({ description: 'Network address that it was begun from' }),
    userAgent: z.string(),
    current: z.boolean().openapi({ description: 'Whether it is the one that asks' }),
  })
  .openapi('Session');

const idParam = z.object({ id: z.string() });

/** The sessions of the user. */
export function sessionRoutes(
  app: ControlApp,
  { ports: { identity, audit, clock }, signedIn }: AuthServices,
): void {
  app.openapi(
    createRoute({
      method: 'get',
      path: '/v1/auth/sessions',
      operationId: 'listSessions',
      tags: ['Sign-in'],
      summary: 'List sessions',
      description: 'Every live session of the user, the last used first.',
      security: SIGNED_IN,
      middleware: signedIn,
      responses: {
        200: json(z.object({ sessions: z.array(sessionBody) }), 'The sessions'),
        ...errors(...SIGNED_IN_ERRORS),
      },
    }),
    async (c) => {
      const { user, credentialId } = c.var.caller;
      const sessions = (await identity.listSessions(user.id)).map((session) => ({
        id: session.id,
        createdAt: iso(session.createdAt),
        lastUsedAt: iso(session.lastUsedAt),
        expiresAt: iso(session.expiresAt),
        address: session.address,
        userAgent: session.userAgent,
        current: session.id === credentialId,
      }));
      return c.json({ sessions }, 200);
    },
  );

  app.openapi(
    createRoute({
      method: 'delete',
      path: '/v1/auth/sessions/{id}',
      operationId: 'endSession',
      tags: ['Sign-in'],
      summary: 'End a session',
      security: SIGNED_IN,
      middleware: signedIn,
      request: { params: idParam },
      responses: {
        204: noContent('Ended'),
        ...errors(...SIGNED_IN_ERRORS, 'session_not_found'),
      },
    }),
    async (c) => {
      const { caller } = c.var;
      const { id } = c.req.valid('param');
      const ended = await identity.revokeSession(caller.user.id, id);
      if (!ended) throw new ControlError('session_not_found');
      await audit.append([
        { ...by(caller, c, 'session.revoked', { target: id }), at: clock.now() },
      ]);
      return c.body(null, 204);
    },
  );
}
