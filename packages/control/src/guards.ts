import type { Project } from '@auraimage/ports';
import type { MiddlewareHandler } from 'hono';
import { createMiddleware } from 'hono/factory';
import type { Authenticate, Caller } from './auth/authenticate.js';
import type { ControlEnv } from './context.js';
import { ControlError } from './errors.js';
import type { ControlPorts } from './ports.js';

interface SignedIn {
  Bindings: ControlEnv;
  Variables: { caller: Caller };
}

interface InProject {
  Bindings: ControlEnv;
  Variables: { caller: Caller; project: Project };
}

/** What runs before a route's own checks. Each is a route's `middleware`. */
export interface Guards {
  /** Lets sessions and CLI tokens through. Gives the route its `caller`. */
  readonly signedIn: MiddlewareHandler<SignedIn>;
  /**
   * Lets those through who own the `{project}` of the address. Gives the route its `caller` and
   * `project`.
   */
  readonly inProject: MiddlewareHandler<InProject>;
}

export function createGuards(
  { registry }: { readonly registry: Pick<ControlPorts['registry'], 'findProject'> },
  authenticate: Authenticate,
): Guards {
  return {
    signedIn: createMiddleware<SignedIn>(async (c, next) => {
      c.set('caller', await authenticate(c.req.raw));
      return next();
    }),
    inProject: createMiddleware<InProject>(async (c, next) => {
      const caller = await authenticate(c.req.raw);
      // A name has one spelling: one with a percent sign is nobody's.
      const name = c.req.path.includes('%') ? '' : c.req.param('project');
      const project = await ownProject(registry, caller.user, name ?? '');
      c.set('caller', caller);
      c.set('project', project);
      c.env.facts.project = project.name;
      return next();
    }),
  };
}

/**
 * A project of the user's account. One of another account and none at all take the same way.
 *
 * @throws {ControlError} `project_not_found`
 */
export async function ownProject(
  registry: Pick<ControlPorts['registry'], 'findProject'>,
  user: Pick<Caller['user'], 'accountId'>,
  name: string,
): Promise<Project> {
  const project = await registry.findProject(name);
  if (project?.accountId !== user.accountId) throw new ControlError('project_not_found');
  return project;
}
