import { ApiError, defineRoute, iso, type Route, time, z } from '@auraimage/http';
import type { ControlDependencies } from '../dependencies.js';
import { auditEntry } from './access.js';

const sessionBody = z
  .object({
    id: z.string(),
    createdAt: time(),
    lastUsedAt: time('Accurate to the hour'),
    expiresAt: time('Extended while the session is used'),
    address: z.string().openapi({ description: 'Network address of the client at sign-in' }),
    userAgent: z.string(),
    current: z.boolean().openapi({ description: 'Whether it authenticated this request' }),
  })
  .openapi('Session');

/** The sessions of the user. */
export function sessionRoutes({ access, ports }: ControlDependencies): Route[] {
  const { identity, audit, clock } = ports;
  return [
    defineRoute({
      method: 'GET',
      path: '/v1/auth/sessions',
      hosts: ['app'],
      access: access.signedIn,
      doc: {
        operationId: 'listSessions',
        tags: ['Sign-in'],
        summary: 'List sessions',
        description: 'Every active session of the user, the most recently used first.',
      },
      success: {
        status: 200,
        schema: z.object({ sessions: z.array(sessionBody) }),
        description: 'The sessions',
      },
      async handler({ access: { user, credentialId } }) {
        const sessions = (await identity.listSessions(user.id)).map((session) => ({
          id: session.id,
          createdAt: iso(session.createdAt),
          lastUsedAt: iso(session.lastUsedAt),
          expiresAt: iso(session.expiresAt),
          address: session.address,
          userAgent: session.userAgent,
          current: session.id === credentialId,
        }));
        return { sessions };
      },
    }),

    defineRoute({
      method: 'DELETE',
      path: '/v1/auth/sessions/{id}',
      hosts: ['app'],
      access: access.signedIn,
      doc: { operationId: 'endSession', tags: ['Sign-in'], summary: 'End a session' },
      params: z.object({ id: z.string() }),
      errors: ['session_not_found'],
      success: { status: 204, description: 'Ended' },
      async handler({ access: caller, params: { id }, context }) {
        const ended = await identity.revokeSession(caller.user.id, id);
        if (!ended) throw new ApiError('session_not_found');
        const entry = auditEntry(caller, context, 'session.revoked', { target: id });
        await audit.append([{ ...entry, at: clock.now() }]);
      },
    }),
  ];
}
