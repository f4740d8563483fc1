import type { Control, ControlFacts } from '@auraimage/control';
import type { Edge, EdgeEnv } from '@auraimage/edge';
import type { EdgeAudit } from './edge-audit.js';
import { inviteBody } from './request-scope.js';
import type { Dashboard, Registry } from './static-files.js';

/** Who answers what. */
export interface Answering {
  readonly edge: Pick<Edge, 'fetch'>;
  readonly control: Pick<Control, 'handles' | 'fetch'>;
  readonly dashboard: Dashboard;
  readonly registry: Registry;
  readonly audit: Pick<EdgeAudit, 'record'>;
}

/**
 * Answers a request that is no read of an image.
 *
 * @param path as it came over the wire
 */
export type Dispatch = (request: Request, path: string, env: EdgeEnv) => Promise<Response>;

/** Gives each request to whoever answers it: control plane, dashboard, registry, edge. */
export function createDispatch({ edge, control, dashboard, registry, audit }: Answering): Dispatch {
  return async (request, path, env) => {
    if (control.handles(path)) {
      inviteBody(request);
      return control.fetch(request, env);
    }
    if (dashboard.handles(path)) {
      const facts: ControlFacts = env.facts;
      facts.route = 'dashboard';
      return dashboard.fetch(request, env.requestId);
    }
    if (registry.handles(path)) {
      const facts: ControlFacts = env.facts;
      facts.route = 'registry';
      return registry.fetch(request, env.requestId);
    }
    const response = await edge.fetch(request, env);
    // Who is told of a change finds it in the audit log.
    await audit.record(env);
    return response;
  };
}
