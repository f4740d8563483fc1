import { createApp } from './app.js';
import { type AccessCheck, createAccess } from './auth/access.js';
import { createAuthenticate } from './auth/authenticate.js';
import type { ControlEnv, ControlOptions } from './context.js';
import { createDeletionJob } from './deletions.js';
import { createGuards } from './guards.js';
import type { ControlPorts } from './ports.js';

/** A control plane: a request in, its answer out. */
export interface Control {
  /** Whether a path, as it came over the wire, is one that this answers. */
  handles(path: string): boolean;
  /** Never rejects. */
  fetch(request: Request, env: ControlEnv): Promise<Response>;
  /** Decides whether a request's credentials open a project: for the edge. */
  readonly access: AccessCheck;
  /** Removes what is left of deleted projects, now and whenever one is deleted, until the signal aborts. */
  runDeletions(signal: AbortSignal): Promise<void>;
}

const OWN_PATHS =
  /^\/(?:v1\/(?:auth|project-names|deletions|audit|sign|projects(?!\/[^/]*\/images$))(?:\/|$)|openapi\.json$|docs\/api(?:\.css)?$)/;

/**
 * Makes the control plane: accounts, projects and keys over HTTP.
 *
 * @example
 * const control = createControl(ports, { publicUrl, appUrl, version, onFailure: log });
 * if (control.handles(path)) return control.fetch(request, { requestId, client, facts: {} });
 */
export function createControl(ports: ControlPorts, options: ControlOptions): Control {
  const authenticate = createAuthenticate(ports, options);
  const guards = createGuards(ports, authenticate);
  const deletions = createDeletionJob(ports, options.onFailure);
  const app = createApp({
    ...guards,
    authenticate,
    ports,
    options,
    wakeDeletions: deletions.wake,
  });
  return {
    handles: (path) => OWN_PATHS.test(path),
    fetch: async (request, env) => app.fetch(request, env),
    access: createAccess(ports, options),
    runDeletions: deletions.run,
  };
}
