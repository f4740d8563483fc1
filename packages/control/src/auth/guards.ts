import { createMiddleware } from 'hono/factory';
import type { ControlEnv } from '../context.js';
import { ControlError } from '../errors.js';
import type { Caller } from './authenticate.js';
import type { CrossSite } from './cross-site.js';

type SignedIn = { Bindings: ControlEnv; Variables: { caller: Caller } };

/** Behind `signedIn`: lets sessions through, no tokens of the command line. */
export const sessionOnly = createMiddleware<SignedIn>(async (c, next) => {
  if (c.var.caller.kind !== 'session') {
    throw new ControlError('sign_in_required', { message: 'Sign in: a token does not do here' });
  }
  return next();
});

/** Behind `signedIn`: lets administrators through. */
export const adminOnly = createMiddleware<SignedIn>(async (c, next) => {
  if (c.var.caller.user.role !== 'admin') throw new ControlError('admin_required');
  return next();
});

/**
 * For routes that begin a session: no page of another site signs its visitors in, to whatever account it
 * likes.
 */
export function ownPagesOnly(crossSite: CrossSite) {
  return createMiddleware<{ Bindings: ControlEnv }>(async (c, next) => {
    if (crossSite.isForeign(c.req.raw)) throw new ControlError('cross_site_request');
    return next();
  });
}
