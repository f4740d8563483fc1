import type { AuditAction, ClientInfo, NewSession } from '@auraimage/ports';
import type { ControlContext } from '../context.js';
import { by } from '../http.js';
import type { ControlPorts } from '../ports.js';
import type { SessionCookie } from './cookie.js';

const MAX_USER_AGENT_LENGTH = 300;

export function clientOf({ env, req }: ControlContext): ClientInfo {
  const userAgent = (req.header('user-agent') ?? '').slice(0, MAX_USER_AGENT_LENGTH);
  return { address: env.client, userAgent };
}

/**
 * Gives a browser its new session. Whatever session it came with ends: no text that somebody put into the
 * browser before signing in is worth anything after.
 */
export async function startSession(
  c: ControlContext,
  { identity, audit, clock }: Pick<ControlPorts, 'identity' | 'audit' | 'clock'>,
  cookie: SessionCookie,
  { token, user }: NewSession,
  action: AuditAction,
): Promise<void> {
  for (const old of cookie.read(c.req.header('cookie') ?? null)) {
    const found = await identity.findSession(old);
    if (found !== null) await identity.revokeSession(found.user.id, found.session.id);
  }
  const entry = by({ kind: 'session', user }, c, action, { target: user.email });
  await audit.append([{ ...entry, at: clock.now() }]);
  c.header('Set-Cookie', cookie.keep(token));
}
